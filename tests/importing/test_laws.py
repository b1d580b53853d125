"""Whatever is pasted: an answer or one sentence, never an exception; the same text, the same reading."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.document.file import decode_text, encode_text
from engine.importing.reading import read_text
from engine.importing.values import PasteError
from tests.importing.corpus import CORPUS
from tests.importing.drawn import CATALOG

TEXTS = [paste.text for paste in CORPUS]
WORDS = st.sampled_from(
    ["model", "=", "Sequential", "(", ")", "[", "]", "LSTM", "Dense", "64", ",", "\n", "\n    ", ".add", "Input", "x", "for i in range(3):",
     "def f(a):", "return", "ValueError: ", "Traceback (most recent call last):", "expected ndim=3, found ndim=2", "(None, 64)", "lambda x:", "[:, -1]",
     "+", "*", "**", "layers", "Bidirectional", "return_sequences=True", "initial_state=", "keras.Model", "class A(keras.Model):", "self", "np.zeros", "\\", "'", '"', "#"]
)  # fmt: skip


def read_or_refuse(text: str) -> None:
    """The law."""
    try:
        reading = read_text(text, CATALOG)
    except PasteError:
        return
    assert reading.drafts
    for draft in reading.drafts:
        assert decode_text(encode_text(draft.document)) == draft.document
        assert all(one.block in draft.document.graph for one in draft.assumed)
    assert read_text(text, CATALOG) == reading


@settings(max_examples=80, deadline=None)
@given(st.lists(WORDS, max_size=40))
def test_any_words(words: list[str]) -> None:
    """Words of the field in any order."""
    read_or_refuse(" ".join(words))


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(TEXTS), st.sampled_from(TEXTS), st.floats(0, 1), st.floats(0, 1), st.text(max_size=3))
def test_any_cut_of_real_pastes(one: str, other: str, start: float, end: float, between: str) -> None:
    """Half a paste, something typed into it, half of another."""
    read_or_refuse(one[: int(start * len(one))] + between + other[int(end * len(other)) :])


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    """Any characters at all."""
    read_or_refuse(text)
