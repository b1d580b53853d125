"""Frames: any split of the bytes decodes, and nothing else does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from engine.protocol.book import RequestBook
from engine.protocol.codec import Decoder, ProtocolError, encode_bytes
from engine.protocol.messages import Cancel, Event, Message, Reply, Request

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**50), 2**50) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
BODY = st.dictionaries(st.text(max_size=5), JSON, max_size=3)
ARRAYS = st.dictionaries(
    st.text(max_size=6),
    hnp.arrays(
        st.sampled_from(["f4", "f8", "i4", "u1", "?"]), hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
    ),
    max_size=3,
)
MESSAGES = st.one_of(
    st.builds(Request, st.integers(1, 9), st.just("run"), st.integers(0, 9), BODY),
    st.builds(Cancel, st.integers(1, 9)),
    st.builds(Event, st.just("progress"), BODY),
    st.builds(
        Reply, st.integers(1, 9), st.integers(0, 9), st.booleans(), st.text(max_size=9), st.booleans(), BODY, ARRAYS
    ),
)


def same(one: Message, other: Message) -> bool:
    """Equality that looks into arrays."""
    if not isinstance(one, Reply) or not isinstance(other, Reply):
        return one == other
    keys = one.arrays.keys() == other.arrays.keys()
    equal = all(
        np.array_equal(one.arrays[k], other.arrays[k], equal_nan=one.arrays[k].dtype.kind == "f") for k in one.arrays
    )
    types = all(
        one.arrays[k].dtype == other.arrays[k].dtype and one.arrays[k].shape == other.arrays[k].shape
        for k in one.arrays
    )
    return keys and equal and types and (one.id, one.body, one.error) == (other.id, other.body, other.error)


@settings(max_examples=120, deadline=None)
@given(st.lists(MESSAGES, min_size=1, max_size=4), st.lists(st.integers(1, 40), max_size=40))
def test_any_split_of_the_bytes_decodes(messages: list[Message], cuts: list[int]) -> None:
    """However the pipe cuts them."""
    data = b"".join(map(encode_bytes, messages))
    decoder, found, place = Decoder(), [], 0
    for cut in [*cuts, len(data)]:
        found += list(decoder.feed(data[place : place + cut]))
        place += cut
    assert len(found) == len(messages)
    assert all(map(same, messages, found))


def test_what_is_no_frame_is_refused_at_once() -> None:
    """A print into the pipe does not wait for more bytes."""
    for data in (b"hello", b"SQLX", b"SQLM" + b"\xff" * 16, encode_bytes(Cancel(1))[:20] + b"{" * 40):
        with pytest.raises(ProtocolError):
            list(Decoder().feed(data))


def test_objects_never_cross() -> None:
    """No pickles: an array of objects is refused when it is sent."""
    with pytest.raises(ProtocolError, match="no plain number"):
        encode_bytes(Reply(1, arrays={"x": np.array([object()])}))


def test_the_newest_request_of_a_verb_wins() -> None:
    """The older one is cancelled and its answer dropped; an export is never overtaken."""
    book = RequestBook()
    first, _ = book.ask("run", {})
    second, messages = book.ask("run", {})
    assert messages == (Cancel(first.id), second)
    assert book.answer(Reply(first.id)) is None
    assert book.answer(Reply(second.id)) == second
    assert book.answer(Reply(second.id)) is None
    book.ask("export", {})
    assert len(book.ask("export", {})[1]) == 1
