"""The facts of a message do not depend on its wording; a message alone becomes the smallest model."""

from __future__ import annotations

import pytest

from engine.importing.messages import read_message, same_fault
from engine.importing.smallest import RECIPES
from engine.importing.text import take_apart
from engine.importing.wordings import ROWS
from tests.importing.drawn import CATALOG, blocks_of, reading_of

SAME = (
    (
        "Input 0 with name 'None' of layer 'lstm_1' is incompatible with the layer: expected ndim=3, found ndim=2. Full shape received: (None, 64)",
        'Input 0 of layer "lstm_1" is incompatible with the layer: expected ndim=3, found ndim=2. Full shape received: (None, 64)',
        "Input 0 of layer lstm_1 is incompatible with the layer: expected ndim=3, found ndim=2. Full shape received: [None, 64]",
        "Input 0 is incompatible with layer lstm_1: expected ndim=3, found ndim=2",
    ),
    (
        "Matrix size-incompatible: In[0]: [2,16], In[1]: [32,128] [Op:MatMul]",
        "Dimensions must be equal, but are 16 and 32 for '{{node decoder_1/lstm_cell_1/add}} = AddV2[T=DT_FLOAT](decoder)'",
    ),
    (
        "Inputs have incompatible shapes. Received shapes (10, 64) and (9, 64)",
        "Operands could not be broadcast together with shapes (10, 64) (9, 64)",
    ),
    (
        "Computed output size would be zero or negative. Received `inputs shape=(None, 3, 64)`, `kernel shape=(5, 64, 32)`, `dilation_rate=1`",
        "Negative dimension size caused by subtracting 5 from 3 for '{{node conv1d/conv1d}} = Conv2D' with input shapes: [?,1,3,64], [1,5,64,32].",
    ),
    (
        'Layer "dense" expects 1 input(s), but it received 3 input tensors. Inputs received: [1, 2, 3]',
        "Layer dense expects 1 inputs, but it received 3 input tensors. Inputs received: [1, 2, 3]",
    ),
    (
        "The total size of the tensor must be unchanged. Received: input_shape=(30,), target_shape=(4, 8)",
        "total size of new array must be unchanged, input_shape = [30], output_shape = [4, 8]",
    ),
)


@pytest.mark.parametrize("wordings", SAME, ids=lambda wordings: wordings[0][:40])
def test_one_fault_in_all_its_wordings(wordings: tuple[str, ...]) -> None:
    """Numbers and layer are read from each."""
    first, *others = (read_message(text, "", CATALOG) for text in wordings)
    assert first.family
    for other in others:
        assert same_fault(other, first), other


def test_another_number_or_layer_is_another_fault() -> None:
    """What is called reproduced must be the same."""
    text = 'Input 0 of layer "{}" is incompatible with the layer: expected ndim={}, found ndim=2. Full shape received: (None, {})'
    facts = read_message(text.format("lstm_1", 3, 64), "", CATALOG)
    assert same_fault(facts, read_message(text.format("lstm_9", 3, 64), "", CATALOG))
    for other in (("gru", 3, 64), ("lstm_1", 4, 64), ("lstm_1", 3, 65)):
        assert not same_fault(facts, read_message(text.format(*other), "", CATALOG)), other


@pytest.mark.parametrize(
    ("text", "traceback", "wording"),
    [
        (SAME[0][0], "", "keras3"), (SAME[0][1], "", "keras3"), (SAME[0][2], "", "tf2"), (SAME[0][3], "", "keras2"),
        (SAME[0][1], 'File "/x/site-packages/keras/engine/input_spec.py", line 213, in assert_input_compatibility', "tf2"),
        (SAME[1][0], "", "tensorflow"),
    ],
)  # fmt: skip
def test_whose_words_they_are(text: str, traceback: str, wording: str) -> None:
    """Four generations."""
    assert read_message(text, traceback, CATALOG).wording == wording


def test_every_known_fault_has_a_recipe() -> None:
    """No family is read that no model is drawn for."""
    assert {family for family, _ in ROWS} <= set(RECIPES)


def test_the_code_in_a_traceback_gives_the_layer_its_arguments() -> None:
    """They are told, so they are not assumed."""
    reading = reading_of("""
        Traceback (most recent call last):
          File "train.py", line 12, in <module>
            model.add(LSTM(48, dropout=0.2, return_sequences=True))
          File "/usr/lib/python3/site-packages/keras/src/utils/traceback_utils.py", line 122, in error_handler
            raise e.with_traceback(filtered_tb) from None
        ValueError: Input 0 of layer "lstm_1" is incompatible with the layer: expected ndim=3, found ndim=2. Full shape received: (None, 64)
    """)
    assert blocks_of(reading)[-1] == "lstm_1: LSTM(units=48, dropout=0.2, return_sequences=True)"
    assert reading.kind == "message"
    assert [a.block for a in reading.drafts[0].assumed] == ["b1", "b2"]


def test_the_cell_of_a_notebook_in_a_traceback_is_code_where_it_begins_the_model() -> None:
    """IPython shows it with line numbers and an arrow."""
    reading = reading_of("""
        ---------------------------------------------------------------------------
        ValueError                                Traceback (most recent call last)
        Cell In[7], line 3
              1 model = keras.Sequential([keras.Input((9, 2))])
              2 model.add(layers.GRU(5))
        ----> 3 model.add(layers.GRU(6))

        File ~/env/lib/python3.11/site-packages/keras/src/utils/traceback_utils.py:122, in filter_traceback.<locals>.error_handler(*args, **kwargs)
            119     filtered_tb = _process_traceback_frames(e.__traceback__)
        --> 122     raise e.with_traceback(filtered_tb) from None

        ValueError: Input 0 with name 'None' of layer 'gru_1' is incompatible with the layer: expected ndim=3, found ndim=2. Full shape received: (None, 5)
    """)
    assert reading.kind == "mixed"
    assert blocks_of(reading) == ["input_layer: Input(shape=[9, 2])", "gru: GRU(units=5)", "gru_1: GRU(units=6)"]
    assert [left.line for left in reading.skipped] == []


def test_prose_prompts_fences_and_comments_around_code() -> None:
    """Every line of code keeps its number in the text."""
    parts = take_apart(
        "Hi, I tried:\n\n```python\n>>> x = f(1)\n>>> for i in x:\n...     y = g(i)\n```\nand it says\n# ValueError: no\nthanks, me\n"
    )
    assert [statement.lineno for statement in parts.statements] == [4, 5]
    assert "ValueError: no" in "\n".join(parts.prose)
    curly = take_apart("model.add(Dense(1, activation=‘relu’))")
    assert len(curly.statements) == 1
