"""Random edits and documents."""

from __future__ import annotations

from hypothesis import strategies as st

from engine.document.edits import (
    AddBlock,
    Connect,
    Disconnect,
    Edit,
    Insert,
    Move,
    RemoveBlock,
    Rename,
    ReplaceBlock,
    SetArgument,
    SetCall,
    SetOutputs,
    SetSample,
    SetSeed,
    SetWeights,
    UnsetArgument,
)
from engine.graph.values import Block, PortRef

IDS = st.sampled_from([f"b{at}" for at in range(1, 9)])
TYPES = st.sampled_from(["Input", "LSTM", "Dense", "Add", "Concatenate", "Masking", "Bidirectional", "Nonsense"])
SCALARS = st.none() | st.booleans() | st.integers(-5, 300) | st.floats(-1e6, 1e6) | st.text(max_size=6)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=2)
)
ARGUMENTS = st.dictionaries(st.sampled_from(["units", "return_sequences", "layer", "axis"]), VALUES, max_size=3)
OUT = st.builds(PortRef, IDS, st.sampled_from(["output", "state_h", "output.mask"]))
IN = st.builds(PortRef, IDS, st.sampled_from(["inputs", "initial_state_h", "mask"]))
PLACES = st.tuples(st.integers(-500, 500).map(float), st.integers(-500, 500).map(float))
NAMES = st.text(min_size=1, max_size=8).filter(lambda text: bool(text.strip()))

EDITS: st.SearchStrategy[Edit] = st.one_of(
    st.builds(AddBlock, st.builds(Block, IDS, TYPES, NAMES, ARGUMENTS), PLACES),
    st.builds(SetArgument, IDS, st.sampled_from(["units", "layer.arguments.units", "axis"]), VALUES),
    st.builds(UnsetArgument, IDS, st.sampled_from(["units", "layer.arguments.units"])),
    st.builds(SetCall, IDS, st.just("training"), VALUES),
    st.builds(Connect, OUT, IN, st.none() | st.integers(0, 3)),
    st.builds(Disconnect, OUT, IN, st.none() | st.integers(0, 2)),
    st.builds(RemoveBlock, IDS, st.booleans()),
    st.builds(ReplaceBlock, IDS, TYPES, ARGUMENTS),
    st.builds(Insert, TYPES, ARGUMENTS, OUT, IN),
    st.builds(SetOutputs, st.none() | st.lists(OUT, max_size=2).map(tuple)),
    st.builds(SetSample, st.dictionaries(st.sampled_from(["batch", "inputs"]), VALUES, max_size=2)),
    st.builds(Rename, IDS, NAMES),
    st.builds(Move, IDS, PLACES),
    st.builds(SetSeed, st.integers(0, 2**31)),
    st.builds(SetWeights, st.sampled_from(["", "trained.weights.h5", "runs/best.keras"])),
)  # fmt: skip
