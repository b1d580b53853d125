"""What is read from a run crosses the pipe as it was: numbers, words, tuples, places and arrays."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from engine.graph.values import PortRef
from engine.protocol.messages import Verb
from engine.protocol.readings import (
    READINGS,
    Apart,
    AttentionScores,
    Occlusion,
    Place,
    StateSpace,
    UnitOrder,
    encode_reading,
)

FLAGS, NUMBERS = np.array([True, False]), np.arange(6, dtype=np.float32).reshape(3, 2)
PLACE = Place(PortRef("b4", "output"), 2, None, 1)


@pytest.mark.parametrize(
    ("verb", "found"),
    [
        ("attention", AttentionScores(4, "b3", 1, NUMBERS[None], FLAGS, None)),
        ("attention", AttentionScores(4, "b3", 1, missing="There are none.")),
        ("occlusion", Occlusion(4, PLACE, "b1", 0.5, NUMBERS[:, 0])),
        ("state_space", StateSpace(4, "b3/forward", "h", NUMBERS[None], (0.75, 0.25), NUMBERS)),
        ("unit_order", UnitOrder(4, "b3", "h", "cluster", np.array([1, 0], np.int32))),
        ("apart", Apart(4, "b3", "h", ("0", "1"), ("1", "0"), (3, 5), NUMBERS.T, NUMBERS.T, np.array([1, 0, 2]), 2)),
    ],
)
def test_a_reading_comes_back_as_it_was(verb: Verb, found: Any) -> None:
    """Its body through JSON, its arrays beside it."""
    body, arrays = encode_reading(found)
    again = READINGS[verb](json.loads(json.dumps(body)), arrays)
    assert type(again) is type(found)
    for one in fields(found):
        before, after = getattr(found, one.name), getattr(again, one.name)
        assert np.array_equal(before, after) if isinstance(before, np.ndarray) else before == after, one.name
