"""The Sample form: each row an edit of the sample, and the worker's look at it in words and bars."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from engine.document.edits import SetSample
from engine.document.file_options import SUFFIXES
from engine.protocol.file_look import FileLook, VocabularyLook
from engine.protocol.looks import MaskingLook, PaddingProposal, SampleLook
from gui.panels.inspector import Inspector
from gui.panels.sample_form import SampleForm
from gui.panels.sample_values import masking_sentence, proposal_sentence, read_lengths, vocabulary_sentence
from gui.session.session import EditorSession
from gui.widgets.length_histogram import binned, said
from tests.panels.test_form import LEFT, pick, retype


@pytest.fixture
def form(session: EditorSession, inspector: Inspector) -> SampleForm:
    """The form of the only Input, inside the inspector."""
    session.select(["b1"])
    return cast("SampleForm", inspector.sample)


def entry(session: EditorSession) -> Any:
    """What the sample says of the Input."""
    return cast("Any", session.document.sample).get("inputs", {}).get("input_b1", {})


def look(**parts: Any) -> SampleLook:
    """Two sequences of 2 and 4 of 4 steps."""
    valid = np.array([[True, True, False, False], [True] * 4])
    first = np.arange(12, dtype=np.float32).reshape(4, 3)
    masking = MaskingLook("Masking", 0.0, 8, 2, 2, 24, 6)
    given = {"shape": (2, 4, 3), "dtype": "float32", "valid": valid, "first": first, "masking": masking}
    return SampleLook("b1", 0, **{**given, **parts})


@pytest.mark.parametrize(
    ("name", "typed", "key", "value"),
    [
        ("lengths", "15, 4, 9", "lengths", [15, 4, 9]),
        ("lengths", "3-15", "lengths", {"distribution": "uniform", "min": 3, "max": 15}),
        ("timesteps", "20", "timesteps", 20),
        ("pad value", "-1", "pad_value", -1),
    ],
)
def test_what_is_typed_is_in_the_sample(
    session: EditorSession, form: SampleForm, name: str, typed: str, key: str, value: Any
) -> None:
    """As people write it; emptied or by its dot it is gone again."""
    retype(form.fields[name].field, typed)  # type: ignore[arg-type]
    assert entry(session)[key] == value
    assert form.fields[name].dot.text() == "•"
    QTest.mouseClick(form.fields[name].dot, LEFT)
    assert key not in entry(session)


def test_batch_and_seed_are_the_documents(session: EditorSession, form: SampleForm) -> None:
    """One for all Inputs."""
    retype(form.fields["batch"].field, "5")  # type: ignore[arg-type]
    retype(form.fields["seed"].field, "11")  # type: ignore[arg-type]
    assert session.document.sample["batch"] == 5
    assert session.document.seed == 11


def test_what_cannot_be_read_is_said_at_its_field(session: EditorSession, form: SampleForm) -> None:
    """The sample keeps what it had."""
    before = session.document
    retype(form.fields["lengths"].field, "a few")  # type: ignore[arg-type]
    assert form.fields["lengths"].complaint.text().startswith("Lengths are whole numbers such as")
    retype(form.fields["batch"].field, "0")  # type: ignore[arg-type]
    assert "batch must be a whole number from 1" in form.fields["batch"].complaint.text()
    assert session.document is before


def test_a_file_has_its_own_rows(session: EditorSession, form: SampleForm) -> None:
    """Which of its steps are real; no timesteps, they are the file's."""
    assert not form.fields["file"].isVisible()
    pick(lambda: form.fields["kind"].field, "file")  # type: ignore[arg-type,return-value]
    assert form.fields["file"].isVisible()
    assert form.fields["real steps"].isVisible()
    assert not form.fields["timesteps"].isVisible()
    line = cast("Any", form.fields["file"].field).line
    retype(line, "x.npy")
    assert entry(session) == {"kind": "file", "path": "x.npy"}
    pick(lambda: form.fields["real steps"].field, "trailing")  # type: ignore[arg-type,return-value]
    assert entry(session)["valid"] == "trailing"


def test_the_look_is_shown(session: EditorSession, form: SampleForm) -> None:
    """Bars, first values with padding hatched, the honest count."""
    preview = form.preview
    assert preview.shape.text() == "Reading the sample …"
    session.looks.show_sample(look())
    assert preview.shape.text() == "(2, 4, 3) float32"
    assert preview.caption.text() == "sequence 0 of 2: 2 of 4 steps"
    assert preview.values.item(1, 2).text() == "5"
    hatched = [preview.values.item(step, 0).background().style() for step in range(4)]
    assert [style == Qt.BrushStyle.BDiagPattern for style in hatched] == [False, False, True, True]
    assert preview.masking.text().startswith("A Masking over it would mask 2 of 8 steps: exactly the 2 padded ones.")
    assert preview.bars.isVisible()
    session.looks.show_sample(look(valid=np.ones((2, 4), bool), masking=None))
    assert not preview.bars.isVisible()


def test_a_click_on_a_bar_chooses_the_sequence(session: EditorSession, form: SampleForm, qtbot: QtBot) -> None:
    """The one clock of all views; arrow keys too."""
    session.looks.show_sample(look())
    with qtbot.waitSignal(form.preview.sequence_chosen) as chosen:
        QTest.mouseClick(form.preview.bars, LEFT, pos=QPoint(20, 20))
    assert chosen.args == [1]
    with qtbot.waitSignal(form.preview.sequence_chosen) as chosen:
        QTest.keyClick(form.preview.bars, Qt.Key.Key_Right)
    assert chosen.args == [1]


def test_padding_of_a_file_is_proposed_and_used(session: EditorSession, form: SampleForm) -> None:
    """One click, one undo step."""
    session.looks.show_sample(look(proposal=PaddingProposal(27, 32, 3, 15, "post")))
    assert form.preview.proposal.text() == (
        "27 of 32 sequences end in all-zero steps, lengths 3 to 15: use as padding?"
    )
    QTest.mouseClick(form.preview.use, LEFT)
    assert entry(session) == {"valid": "trailing", "padding": "post"}
    assert session.undo_stack.undoText().startswith("use the all-zero steps as padding")


def test_a_sample_that_cannot_be_made_says_why(session: EditorSession, form: SampleForm) -> None:
    """In the worker's sentence, with the remedy."""
    session.looks.show_sample(SampleLook("b1", 0, title="The sample cannot be read", detail="Choose another file."))
    assert form.preview.problem.text() == "The sample cannot be read. Choose another file."
    assert form.preview.problem.isVisible()
    assert not form.preview.values.isVisible()


def test_the_honest_count() -> None:
    """Masked padding, masked real steps, padding that would count as real, single numbers."""
    elements = MaskingLook("Masking", 0.0, 480, 14, 0, 1440, 432)
    assert masking_sentence(elements, 0) == (
        "A Masking over it would mask 14 of 480 steps: 14 real ones. "
        "30% of the numbers are 0, but it masks a step only where all its features are."
    )
    missed = MaskingLook("Embedding", 0.0, 20, 0, 0, 20, 0)
    assert masking_sentence(missed, 7) == (
        "An Embedding with mask_zero over it would mask 0 of 20 steps: 0 of the 7 padded ones; "
        "7 padded ones would count as real."
    )
    assert masking_sentence(MaskingLook("Masking", 0.0, 8, 0, 0, 24, 0), 0).endswith("none: no step is all 0.")
    before = PaddingProposal(3, 4, 2, 9, "pre")
    assert proposal_sentence(before, -1.0).startswith("3 of 4 sequences begin with steps that are all -1")


def test_lengths_as_people_type_them() -> None:
    """Lists, ranges, nothing."""
    assert read_lengths(" ") is None
    assert read_lengths("3 - 9") == {"distribution": "uniform", "min": 3, "max": 9}
    with pytest.raises(ValueError, match="whole numbers"):
        read_lengths("3,x")


# --- files of sequences of their own lengths --------------------------------------------------------------------------


def feed(session: EditorSession, form: SampleForm, path: str) -> None:
    """Chooses kind file and types a path."""
    if form.fields["kind"].field.currentText() != "file":  # type: ignore[attr-defined]
        pick(lambda: form.fields["kind"].field, "file")  # type: ignore[arg-type,return-value]
    retype(cast("Any", form.fields["file"].field).line, path)


def shown(form: SampleForm) -> list[str]:
    """The options that can be seen."""
    assert form.options is not None
    return [key for key, row in form.options.fields.items() if row.isVisible()]


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        ("x.csv", ["rows", "sequence", "time", "columns", "header", "delimiter", "first"]),
        ("x.parquet", ["rows", "sequence", "time", "columns", "first"]),
        ("x.jsonl", ["key", "first"]),
        ("x.txt", ["tokenizer", "first"]),
        ("x.npy", ["labels", "first"]),
        ("x.xls", []),
    ],
)
def test_only_options_that_matter_for_the_file_are_shown(
    session: EditorSession, form: SampleForm, path: str, keys: list[str]
) -> None:
    """And of the other rows those that say something of it."""
    assert form.options is None  # not made for a sample that has no file
    feed(session, form, path)
    assert shown(form) == keys
    ragged = path not in ("x.npy", "x.xls")
    visible = {name for name in ("timesteps", "lengths", "real steps", "padding") if form.fields[name].isVisible()}
    assert visible == ({"timesteps", "padding"} if ragged else {"lengths", "real steps", "padding"})


@pytest.mark.parametrize(
    ("path", "key", "typed", "value", "again"),
    [
        ("x.csv", "sequence", "who", "who", "who"),
        ("x.csv", "time", "2", 2, "2"),
        ("x.csv", "columns", "a, 3 ,b c", ["a", 3, "b c"], "a, 3, b c"),
        ("x.csv", "delimiter", "tab", "\t", "tab"),
        ("x.csv", "delimiter", ";", ";", ";"),
        ("x.jsonl", "key", "steps", "steps", "steps"),
        ("x.txt", "first", "7", 7, "7"),
    ],
)
def test_an_option_that_is_typed_is_in_the_sample(
    session: EditorSession, form: SampleForm, path: str, key: str, typed: str, value: Any, again: str
) -> None:
    """Its dot takes it back; what cannot be read is said there."""
    feed(session, form, path)
    assert form.options is not None
    row = form.options.fields[key]
    retype(cast("Any", row.field), typed)
    assert entry(session)[key] == value
    assert cast("Any", row.field).text() == again
    QTest.mouseClick(row.dot, LEFT)
    assert key not in entry(session)
    if key in ("first", "delimiter"):
        retype(cast("Any", row.field), "many")
        assert row.complaint.text().startswith(key)
        assert key not in entry(session)


@pytest.mark.parametrize(
    ("path", "key", "word", "value"),
    [
        ("x.csv", "rows", "sequences", "sequences"),
        ("x.csv", "header", "no", False),
        ("x.txt", "tokenizer", "characters", "characters"),
    ],
)
def test_an_option_that_is_chosen_is_in_the_sample(
    session: EditorSession, form: SampleForm, path: str, key: str, word: str, value: Any
) -> None:
    """What is found is not said."""
    feed(session, form, path)
    assert form.options is not None
    row = form.options.fields[key]
    pick(lambda: row.field, word)  # type: ignore[arg-type,return-value]
    assert entry(session)[key] == value
    QTest.mouseClick(row.dot, LEFT)
    assert key not in entry(session)
    assert cast("Any", row.field).currentText() != word


def test_another_file_keeps_what_still_means_something(session: EditorSession, form: SampleForm) -> None:
    """Padding always, columns for another table, and nothing of them for a text; one undo step."""
    sample = {"kind": "file", "path": "x.csv", "columns": ["a"], "first": 3, "padding": "pre", "valid": "n.npy"}
    session.push(SetSample({"inputs": {"input_b1": sample}}), "change the sample")
    feed(session, form, "y.tsv")
    assert entry(session) == {"kind": "file", "path": "y.tsv", "columns": ["a"], "first": 3, "padding": "pre"}
    feed(session, form, "z.txt")
    assert entry(session) == {"kind": "file", "path": "z.txt", "first": 3, "padding": "pre"}
    session.undo_stack.undo()
    session.undo_stack.undo()
    assert entry(session) == sample


def test_a_file_is_chosen_or_dropped(
    session: EditorSession, form: SampleForm, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The dialog lists what is read; a dropped file feeds the Input, undoable; others are not taken."""
    asked: list[str] = []
    chosen = str(tmp_path / "x.csv")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *words: (asked.append(words[3]), (chosen, ""))[1])
    form._choose()
    assert entry(session) == {"kind": "file", "path": chosen}
    assert all(f"*{suffix}" in asked[0] for suffix in SUFFIXES)
    for name, taken in (("y.PARQUET", True), ("y.md", False)):
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(tmp_path / name))])
        buttons, keys, action = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, Qt.DropAction.CopyAction
        entering = QDragEnterEvent(QPoint(5, 5), action, mime, buttons, keys)
        entering.ignore()
        form.dragEnterEvent(entering)
        assert entering.isAccepted() is taken
        form.dropEvent(QDropEvent(QPointF(5, 5), action, mime, buttons, keys))
    assert entry(session) == {"kind": "file", "path": str(tmp_path / "y.PARQUET")}
    session.undo_stack.undo()
    assert entry(session) == {"kind": "file", "path": chosen}


def test_a_table_shows_its_first_rows_and_its_lengths(session: EditorSession, form: SampleForm) -> None:
    """Of many columns those that say what a row is; how many were read, and whether there is more."""
    header = ("a", "b", "c", "d", "e", "who", "t")
    roles = (*("feature",) * 4, "", "sequence", "time")
    file = FileLook(2, 5, True, header, roles, (("1.50", "2", "3", "4", "5", "ann", "0"),))
    session.looks.show_sample(look(file=file))
    preview = form.preview.file
    assert preview is not None
    heads = [preview.rows.horizontalHeaderItem(at).text() for at in range(preview.rows.columnCount())]
    assert heads == ["a", "b", "c", "who", "t", "…"]
    assert preview.rows.horizontalHeaderItem(3).toolTip() == "who: sequence"
    assert preview.rows.item(0, 0).text() == "1.50"
    assert preview.read.text() == "Lengths of what was read: 2 sequences read after the first 5; the file has more."
    assert preview.histogram.bins == ((2, 2, 1), (3, 3, 0), (4, 4, 1))
    assert preview.isVisible()
    session.looks.show_sample(look())
    assert not preview.isVisible()
    session.looks.show_sample(look(file=FileLook(1, 0, False, rows=(("[1, 2]",),))))
    assert preview.rows.item(0, 0).text() == "[1, 2]"
    assert not preview.rows.horizontalHeader().isVisible()
    assert not preview.vocabulary.isVisible()


def test_a_vocabulary_is_shown_and_an_embedding_that_is_too_small(session: EditorSession, form: SampleForm) -> None:
    """The first tokens with their ids; one click sets input_dim, one undo takes it back."""
    known = VocabularyLook(5, True, ("the", " ", "cat"), (4, 2, 1), "b6", "input_dim", 4)
    tokens = ("the", "cat", "", "")
    session.looks.show_sample(look(file=FileLook(2, 0, False, rows=(("the cat",),), vocabulary=known), tokens=tokens))
    preview = form.preview.file
    assert preview is not None
    assert preview.vocabulary.text() == "Vocabulary of 5 ids: 0 padding, 1 unknown, 2 the, 3 ␣, 4 cat"
    assert preview.warning.text().startswith("The Embedding has input_dim 4, and the ids go up to 4")
    labels = [form.preview.values.verticalHeaderItem(at).text() for at in range(4)]
    assert labels == ["the", "cat", "2", "3"]
    QTest.mouseClick(preview.fix, LEFT)
    assert session.document.block("b6").arguments["input_dim"] == 5
    session.undo_stack.undo()
    assert "input_dim" not in session.document.block("b6").arguments
    more = VocabularyLook(1234, False, ("the",), (4,), "b6", "input_dim", 1234)
    assert not more.too_large
    assert vocabulary_sentence(more) == (
        "Vocabulary of 1,234 ids from the first part of the text: 0 padding, 1 unknown, 2 the, …"
    )


def test_lengths_fall_into_bins() -> None:
    """Every one into one; of one length there is one bar."""
    assert binned([]) == ()
    assert binned([3, 3]) == ((3, 3, 2),)
    random = np.random.default_rng(0)
    for highest in (3, 24, 25, 1000):
        lengths = random.integers(0, highest, 200).tolist()
        bins = binned(lengths)
        assert len(bins) <= 24
        assert sum(count for _, _, count in bins) == 200
        assert all(sum(first <= length <= last for length in lengths) == count for first, last, count in bins)
        assert (bins[0][0], bins[-1][1]) == (min(lengths), max(lengths))
    assert said((3, 4, 7)) == "3 to 4 steps: 7 sequences"
    assert said((1, 1, 1)) == "1 step: 1 sequence"
