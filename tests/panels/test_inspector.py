"""The inspector as a whole: name, nothing, several, facts in place, help, the keyboard."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from engine.analysis.values import Analysis, BlockAnalysis, TensorSpec
from gui.panels.inspector import NOTHING, Inspector
from gui.session.session import EditorSession

SEQUENCE = TensorSpec((None, None, 3), "float32", False, "T", ("batch", "time", "features"))


def test_nothing_selected_says_what_would_be_here(session: EditorSession, inspector: Inspector) -> None:
    """One sentence; several blocks have one of their own."""
    assert inspector.empty.isVisible()
    assert inspector.empty.text() == NOTHING
    session.select(["b1", "b2"])
    assert inspector.empty.text().startswith("2 blocks are selected")
    session.select(["b2"])
    assert not inspector.empty.isVisible()


def test_the_name_is_typed(session: EditorSession, inspector: Inspector) -> None:
    """By Enter; an empty one is refused and the old one comes back."""
    session.select(["b2"])
    inspector.head.name.selectAll()
    QTest.keyClicks(inspector.head.name, "reader")
    QTest.keyClick(inspector.head.name, Qt.Key.Key_Return)
    assert session.document.block("b2").name == "reader"
    assert session.undo_stack.undoText() == "rename lstm_b2 to reader"
    inspector.head.name.clear()
    QTest.keyClick(inspector.head.name, Qt.Key.Key_Return)
    assert inspector.head.name.text() == session.document.block("b2").name


def test_an_unknown_layer_is_kept_and_said(session: EditorSession, inspector: Inspector) -> None:
    """No form, one sentence."""
    graph = session.document.graph
    strange = replace(graph.by_id["b9"], type="mine>Layer")
    session._put(
        replace(session.document, graph=type(graph)((*graph.blocks[:8], strange, graph.blocks[9]), graph.wires)), None
    )
    session.select(["b9"])
    assert inspector.head.doc.text() == "A layer that this Keras does not know; its arguments are kept."
    assert not inspector.form.fields


def test_the_inputs_inspector_is_the_sample_form(session: EditorSession, inspector: Inspector) -> None:
    """Below its arguments; nowhere else."""
    session.select(["b1"])
    assert inspector.sample is not None
    assert inspector.sample.isVisible()
    assert not inspector.cost.isVisible()
    session.select(["b2"])
    assert not inspector.sample.isVisible()


def test_facts_are_replaced_in_place(session: EditorSession, inspector: Inspector) -> None:
    """The same labels with other words; before an answer a sentence."""
    session.select(["b2"])
    assert inspector.time.facts[0].text == "Keras has not answered yet."
    known = BlockAnalysis({"inputs": SEQUENCE}, {"output": replace(SEQUENCE, shape=(None, None, 64))}, 17_408)
    session.show_analysis(Analysis(True, "3.15.1", 17_408, {"b2": known}), session.revision)
    labels = [id(pair[1]) for pair in inspector.time._labels]
    assert [fact.label for fact in inspector.time.facts] == ["arrives", "leaves", "length", "at padded steps"]
    assert inspector.time._labels[1][1].text() == "(B, T, 64)"
    session.show_analysis(Analysis(True, "3.15.1", 0, {"b2": replace(known, outputs=None)}), session.revision)
    assert [id(pair[1]) for pair in inspector.time._labels][: len(labels)] == labels
    assert not inspector.time._labels[2][1].isVisible()


def test_tab_goes_through_the_whole_form_and_out(session: EditorSession, inspector: Inspector) -> None:
    """No field traps the keyboard."""
    session.select(["b2"])
    inspector.head.name.setFocus()
    seen: list[str] = []
    for _ in range(60):
        now = inspector.focusWidget()
        seen.append(now.accessibleName() if now is not None else "")
        if seen.count("Name") > 1:
            break
        QTest.keyClick(now, Qt.Key.Key_Tab)
    assert {"units", "return_sequences", "activation", "dropout", "Reset return_sequences"} <= set(seen)
    assert seen.count("Name") > 1
