"""The Sample form: each row an edit of the sample, and the worker's look at it in words and bars."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from engine.protocol.looks import MaskingLook, PaddingProposal, SampleLook
from gui.panels.inspector import Inspector
from gui.panels.sample_form import SampleForm
from gui.panels.sample_values import masking_sentence, proposal_sentence, read_lengths
from gui.session.session import EditorSession
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
