"""Messages that hide their cause: Keras says this, and the cause is that."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from engine.runtime.environment import keras, tensorflow
from tests.truth.plain import L, masked, padded, symbolic

pytestmark = pytest.mark.xdist_group("tensorflow")
Make = Callable[[], Any]
SERIES = np.ones((2, 5, 3), "float32")
STATE = np.ones((2, 4), "float32")


def token_states(units: int) -> list[Any]:
    """States of so many units."""
    return [np.ones((2, units), "float32")] * 2


def two_named_concatenates() -> Any:
    """A masked Concatenate called as the operation that computes its mask, and a layer that uses the mask."""
    first, second = keras.Input((5, 3)), keras.Input((5, 3))
    joined = L.Concatenate(name=next_name("concatenate"))([L.Masking()(first), L.Masking()(second)])
    return keras.Model([first, second], L.LSTM(2)(joined))


def next_name(prefix: str) -> str:
    """The name that Keras will give to the next operation of a kind; in a fresh process it is the kind itself."""
    last = keras.src.utils.naming.auto_name(prefix).removeprefix(prefix).lstrip("_")
    return f"{prefix}_{int(last or 0) + 1}"


def layer_called_not_equal() -> Any:
    """A layer with the name of the operation that computes an Embedding's mask."""
    ids = keras.Input((5,), dtype="int32")
    return keras.Model(ids, L.LSTM(2, name=next_name("not_equal"))(L.Embedding(4, 3, mask_zero=True)(ids)))


def decoder_of_other_size() -> Any:
    """Connects, and fails in predict."""
    series = keras.Input((5, 3))
    _, h, c = L.LSTM(16, return_state=True)(series)
    model = keras.Model(series, L.LSTM(32, name="decoder")(series, initial_state=[h, c]))
    return model.predict(SERIES, verbose=0)


def shared_on_other_width() -> Any:
    """An LSTM called on 3 features, then on 5."""
    lstm = L.LSTM(4)
    narrow, wide = keras.Input((5, 3)), keras.Input((5, 5))
    model = keras.Model([narrow, wide], [lstm(narrow), lstm(wide)])
    return model([SERIES, np.ones((2, 5, 5), "float32")])


def branches_of_other_length() -> Any:
    """Hidden by an unknown T until data run."""
    series = keras.Input((None, 2))
    model = keras.Model(series, L.Add()([series, L.Conv1D(2, 2)(series)]))
    return model(np.ones((1, 25, 2), "float32"))


def unrolled_for_any_length() -> Any:
    """Building it and a direct call work; a function of unknown length does not."""
    series = keras.Input((None, 3))
    model = keras.Model(series, L.LSTM(4, unroll=True)(series))
    assert model(SERIES).shape == (2, 4)
    return tensorflow.function(model).get_concrete_function(tensorflow.TensorSpec((None, None, 3)))


def in_each_step(layer: Any, *shape: int) -> Make:
    """A masked sequence into TimeDistributed of a layer that takes a mask."""
    values = np.ones((2, 4, *shape), "float32")
    return lambda: L.TimeDistributed(layer)(masked(values, np.ones((2, 4), bool)))


MESSAGES: list[tuple[str, Make, type[Exception], str]] = [
    ("an earlier layer without return_sequences", lambda: L.LSTM(3)(L.LSTM(4)(symbolic(5, 3))), ValueError, "expected ndim=3, found ndim=2"),
    ("Flatten of an unknown length", lambda: L.Dense(2)(L.Flatten()(symbolic(None, 3))), ValueError, "must be fully-defined"),
    ("Permute of an unknown length", lambda: L.LSTM(2)(L.Permute((2, 1))(symbolic(None, 3))), ValueError, "must be fully-defined"),
    ("an Input of unknown features", lambda: L.LSTM(4)(symbolic(5, None)), ValueError, re.escape("shape=(None, 16)")),
    ("LSTM inside TimeDistributed on three axes", lambda: L.TimeDistributed(L.LSTM(4))(symbolic(5, 3)), ValueError, "must be fully-defined"),
    ("RNN of an LSTM layer", lambda: L.RNN(L.LSTM(4))(symbolic(5, 3)), ValueError, "must be fully-defined"),
    ("RNN of a cell on two axes", lambda: L.RNN(L.LSTMCell(4))(symbolic(3)), ValueError, "must be fully-defined"),
    ("one state for an LSTM", lambda: L.LSTM(4)(SERIES, initial_state=[STATE]), Exception, "Too few leaves|index out of range"),
    ("states of other units, called", lambda: L.LSTM(32)(SERIES, initial_state=token_states(16)), Exception, "Matrix size-incompatible|Dimensions must be equal"),
    ("states of other units, in predict", decoder_of_other_size, Exception, "Dimensions must be equal, but are 16 and 32"),
    ("three states for an LSTM", lambda: L.LSTM(4)(SERIES, initial_state=[STATE] * 3), ValueError, "Too few leaves for PyTreeSpec"),
    ("a state with a time axis, one sequence", lambda: L.LSTM(4)(SERIES[:1], initial_state=[np.ones((1, 5, 4), "float32"), STATE[:1]]), Exception,
     "Number of ways to split should evenly divide"),
    ("a state with a time axis", lambda: L.LSTM(4)(SERIES, initial_state=[np.ones((2, 5, 4), "float32"), STATE]), Exception,
     re.escape("Incompatible shapes: [2,16] vs. [2,5,16]")),
    ("a mask with an axis too many", lambda: L.LSTM(4)(SERIES, mask=np.ones((2, 5, 7), bool)), Exception,
     re.escape("condition [2,7], then [2,4], and else [2,4] must be broadcastable")),
    ("the Softmax layer after a mask", lambda: L.Softmax()(masked(padded())), ValueError, "The `mask` must be broadcastable to `inputs`"),
    ("a layer after return_state", lambda: L.Dense(2)(L.LSTM(4, return_state=True)(symbolic(5, 3))), ValueError,
     re.escape("expects 1 input(s), but it received 3 input tensors")),
    ("a layer after merge_mode=None", lambda: L.LSTM(2)(L.Bidirectional(L.LSTM(4, return_sequences=True), merge_mode=None)(symbolic(5, 3))),
     ValueError, re.escape("expects 1 input(s), but it received 2 input tensors")),
    ("TimeDistributed(Conv1D) without channels", lambda: L.TimeDistributed(L.Conv1D(2, 3))(symbolic(5, 8)), ValueError,
     "Kernel shape must have the same length as input"),
    ("a sequence shorter than the window", lambda: L.Conv1D(2, 3)(symbolic(2, 8)), ValueError, "Computed output size would be zero or negative"),
    ("channels first", lambda: L.Conv2D(2, 3)(symbolic(1, 28, 28)), ValueError, "Computed output size would be zero or negative"),
    ("branches of other length", branches_of_other_length, Exception, re.escape("Incompatible shapes: [1,25,2] vs. [1,24,2]")),
    ("unroll with an unknown length", unrolled_for_any_length, ValueError, "Cannot unroll a RNN if the time dimension is undefined"),
    ("each step's mask to an LSTM", in_each_step(L.LSTM(3), 5, 3), Exception, "list assignment index out of range"),
    ("each step's mask to a GRU", in_each_step(L.GRU(3), 5, 3), Exception, "list assignment index out of range"),
    ("each step's mask to a Bidirectional", in_each_step(L.Bidirectional(L.LSTM(3)), 5, 3), Exception, "list assignment index out of range"),
    ("each step's mask to a pooling", in_each_step(L.GlobalAveragePooling1D(), 5, 3), Exception, "axis 2 is out of bounds"),
    ("each step's mask to BatchNormalization", in_each_step(L.BatchNormalization(), 5, 3), Exception, "The mask provided should be one dimension less"),
    ("each step's mask to a Softmax", in_each_step(L.Softmax(), 3), Exception, "must be broadcastable"),
    ("a masked Concatenate of that name", two_named_concatenates, ValueError,
     r'The name "concatenate\w*" is used 2 times in the model'),
    ("a layer called as the operation that makes a mask", layer_called_not_equal, ValueError,
     r'The name "not_equal\w*" is used 2 times in the model'),
    ("a shared layer on other width", shared_on_other_width, Exception, "Matrix size-incompatible|Dimensions must be equal"),
    ("attention of query and value of other width", lambda: L.Attention()([SERIES, np.ones((2, 5, 6), "float32")]), Exception,
     "Matrix size-incompatible|[Ii]ncompatible|Dimensions must be equal"),
    ("Bidirectional, stateful, with states",
     lambda: L.Bidirectional(L.LSTM(4, stateful=True, return_state=True))(keras.KerasTensor((2, 5, 3))), TypeError,
     re.escape("unsupported operand type(s) for *: 'generator' and 'int'")),
    ("EinsumDense of a sequence on vectors", lambda: L.EinsumDense("abc,cd->abd", (None, 4))(symbolic(3)), Exception, "tuple index out of range"),
    ("attention over vectors", lambda: L.MultiHeadAttention(2, 3)(STATE, STATE), IndexError, "out of range"),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore:.*destroy the mask")
@pytest.mark.parametrize("place", range(len(MESSAGES)), ids=[row[0] for row in MESSAGES])
def test_keras_says_this_where_the_cause_is_that(place: int) -> None:
    """Each message of the table, from its cause."""
    _, make, kind, words = MESSAGES[place]
    with pytest.raises(kind, match=words):
        make()


def test_the_engine_names_layers_so_that_no_name_meets_an_operation() -> None:
    """A masked Concatenate called `concatenate` works: Keras layers are named by block."""
    from engine.catalog.snapshot import load_snapshot
    from engine.runtime.analyse import Analyst
    from tests.causes.asked import Asked

    masking = {"mask_value": 0.0}
    asked = Asked(
        "", "", (("a", "Input", {"shape": [5, 3]}), ("m", "Masking", masking), ("concatenate", "Concatenate", {}), ("not_equal", "LSTM", {"units": 2})),
        "", "", "", "", wires=("a>m", "m>concatenate", "m>concatenate", "concatenate>not_equal"),
    )  # fmt: skip
    assert Analyst(load_snapshot()).analyse(asked.document(), probe=True).ok


def test_a_second_state_of_a_gru_is_left_out_without_a_word() -> None:
    """Where an LSTM raises."""
    gru, other = L.GRU(4), np.full((2, 4), 5, "float32")
    assert np.array_equal(gru(SERIES, initial_state=[STATE, other]), gru(SERIES, initial_state=[STATE]))


STAGES: list[tuple[str, Make, str]] = [
    ("the input", lambda: keras.Input((-3, 4)), "Negative dimensions are not allowed"),
    ("constructing", lambda: L.LSTM(-1), "expected a positive integer"),
    ("connecting", lambda: L.LSTM(3)(symbolic(4)), "expected ndim=3"),
    ("running", lambda: branches_of_other_length(), "Incompatible shapes"),
]


@pytest.mark.parametrize("place", range(len(STAGES)), ids=[row[0] for row in STAGES])
def test_errors_come_at_four_stages(place: int) -> None:
    """The input, the layer, the call on symbolic tensors, the data."""
    with pytest.raises(Exception, match=STAGES[place][2]):
        STAGES[place][1]()


WORDINGS = (
    "Computed output size",
    "A `Concatenate` layer requires",
    "Inputs have incompatible shapes",
    "`TimeDistributed` Layer should be passed",
)
NAMELESS: list[Make] = [
    lambda: L.Conv1D(2, 3, name="windowed")(symbolic(2, 8)),
    lambda: L.Concatenate(name="windowed")([symbolic(5, 3), symbolic(6, 3)]),
    lambda: L.Add(name="windowed")([symbolic(5, 3), symbolic(6, 3)]),
    lambda: L.TimeDistributed(L.Dense(2), name="windowed")(symbolic(8)),
]


@pytest.mark.parametrize("place", range(len(NAMELESS)), ids=WORDINGS)
def test_messages_that_do_not_name_their_layer(place: int) -> None:
    """So the block must be known from the graph."""
    with pytest.raises(ValueError, match=WORDINGS[place]) as said:
        NAMELESS[place]()
    assert "windowed" not in str(said.value)


def test_the_wording_of_a_wrong_rank() -> None:
    """That of this Keras; earlier ones had others."""
    with pytest.raises(ValueError, match=r"Input 0 with name 'None' of layer 'reader' is incompatible with the layer"):
        L.LSTM(3, name="reader")(symbolic(4))
