"""What recipes share: the layer that a message means, usual sizes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from engine.catalog.spec import Catalog
from engine.importing.sketch import Sketch
from engine.importing.values import Facts

Recipe = Callable[[Facts, Callable[[], Sketch], Catalog], Iterator[Sketch]]
RECURRENT = ("LSTM", "GRU", "SimpleRNN")
MODELS = ("Sequential", "Functional")
GATES = {"LSTM": 4, "GRU": 3, "SimpleRNN": 1}
BY_AXES = {2: "Dense", 3: "LSTM", 4: "Conv2D", 5: "ConvLSTM2D"}
UNITS, STEPS, FEATURES = 32, 10, 3
EARLIER = "a layer before it that returns only its last timestep is the usual cause"
READER = "something has to read the sequence"


def kind_of(facts: Facts, usual: str) -> str:
    """The layer that the message names, where it is no model."""
    return facts.layer_type if facts.layer_type and facts.layer_type not in MODELS else usual


def number_in(name: str) -> int:
    """The number at the end of a name that Keras gave: 2 of `lstm_2`, 0 of `lstm`."""
    found = re.search(r"_(\d+)$", name)
    return int(found[1]) if found else 0
