"""Initial states that do not fit: too few, of another size, or with a time axis. Mostly told by data alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from engine.analysis.values import Diagnostic, Fix, shape_text
from engine.document.edits import AddBlock, Connect, Disconnect, Edit, SetArgument
from engine.document.names import free_name
from engine.graph.values import Block, PortRef
from engine.runtime.explain.case import Arrival, Case
from engine.runtime.explain.remedies import given, inserted

SIDES = ("forward", "backward")


def unfit_states(case: Case) -> Diagnostic | None:
    """What is wrong with the initial states of a recurrent layer, if anything is."""
    names = [port.name for port in case.record.ports.inputs if port.role == "state"]
    given_states = [arrival for arrival in case.arrivals if arrival.wire.target.port in names]
    if not given_states:
        return None
    timed = next((state for state in given_states if len(state.shape) > 2 and "ConvLSTM" not in case.layer.type), None)
    if timed is not None:
        return _with_time(case, timed)
    if len(given_states) < len(names):
        return _too_few(case, given_states, names)
    units = _units(case.layer)
    odd = [state for state in given_states if units is not None and state.shape[-1] not in (units, None)]
    return _other_size(case, odd, units) if odd and units is not None else None


def _units(block: Block) -> int | None:
    """The size of the states that a block keeps, as its arguments say."""
    arguments = block.arguments
    for name in ("layer", "cell"):
        nested = arguments.get(name)
        inner = nested.get("arguments") if isinstance(nested, dict) else None
        arguments = inner if isinstance(inner, dict) else arguments
    units = arguments.get("units")
    return units if isinstance(units, int) else None


def _units_path(block: Block) -> str:
    return next((f"{name}.arguments.units" for name in ("layer", "cell") if name in block.arguments), "units")


# --- a state with a time axis ------------------------------------------------------------------------------------------


def _with_time(case: Case, state: Arrival) -> Diagnostic:
    source = case.source(state)
    port = state.wire.target.port
    wanted = shape_text((None, _units(case.layer)))
    title = f"{case.name} starts from {wanted} in {port}, {case.gives(state)}"
    detail = f"A state is one vector for each sequence; {source.name} gives a vector for every timestep."
    told = case.told("state.shape", title, detail, list(_last_state(case, state, source)), source)
    return replace(told, port=port)


def _last_state(case: Case, state: Arrival, source: Block) -> Iterator[Fix]:
    """The state that the source keeps at its end, in the place of its output."""
    name = state.wire.target.port.removeprefix("initial_")
    port = {"LSTM": name, "GRU": "state", "SimpleRNN": "state"}.get(source.type)
    if port is not None:
        edits: list[Edit] = (
            [] if source.arguments.get("return_state") else [SetArgument(source.id, "return_state", True)]
        )
        edits.append(Connect(PortRef(source.id, port), state.wire.target))
        yield Fix(f"Use {port} of {source.name}, its last state", tuple(edits))
    others = _all_from_zeros(case)
    yield Fix(f"Start {case.name} from zeros", others)


def _all_from_zeros(case: Case) -> tuple[Edit, ...]:
    names = {port.name for port in case.record.ports.inputs if port.role == "state"}
    return tuple(Disconnect(w.source, w.target) for w in case.record.basis.wires if w.target.port in names)


# --- too few ------------------------------------------------------------------------------------------------------------


def _too_few(case: Case, states: list[Arrival], names: list[str]) -> Diagnostic:
    source = case.source(states[0])
    missing = [name for name in names if name not in {state.wire.target.port for state in states}]
    title = (
        f"{case.name} starts from {len(names)} states, {case.gives(states[0])} for {states[0].wire.target.port} alone"
    )
    detail = (
        f"{case.layer.type} keeps {', '.join(name.removeprefix('initial_') for name in names)}: all are given, or none."
    )
    fixes = [*_missing_states(case, states, missing), Fix(f"Start {case.name} from zeros", _all_from_zeros(case))]
    return replace(case.told("state.count", title, detail, fixes, source), port=states[0].wire.target.port)


def _missing_states(case: Case, states: list[Arrival], missing: list[str]) -> Iterator[Fix]:
    source = case.source(states[0])
    if source.type == case.layer.type:
        edits: list[Edit] = (
            [] if source.arguments.get("return_state") else [SetArgument(source.id, "return_state", True)]
        )
        edits += [
            Connect(PortRef(source.id, name.removeprefix("initial_")), PortRef(case.block.id, name)) for name in missing
        ]
        yield Fix(
            f"Connect {' and '.join(name.removeprefix('initial_') for name in missing)} of {source.name} too",
            tuple(edits),
        )
    if len(missing) == 1:
        same = Connect(states[0].wire.source, PortRef(case.block.id, missing[0]))
        yield Fix(f"Give the same tensor to {missing[0]}", (same,))


# --- another size -------------------------------------------------------------------------------------------------------


def _other_size(case: Case, odd: list[Arrival], units: int) -> Diagnostic:
    source = case.source(odd[0])
    size = odd[0].shape[-1]
    title = f"{case.name} keeps states of {shape_text((None, units))}, {case.gives(odd[0])}"
    detail = f"A state has one number for each unit: {units} in {case.name}, {size} in {source.name}."
    fixes: list[Fix] = [*_both_directions(case, odd, units)]
    if isinstance(size, int):
        fixes.append(given(case.layer, _units_path(case.layer), size))
        if _units(source) == size:
            fixes.append(given(source, _units_path(source), units))
        edits = tuple(edit for state in odd for edit in inserted(state, "Dense", {"units": units}, "").edits)
        fixes.append(Fix(f"Bring the states to {units} numbers (Dense)", edits))
    return replace(case.told("state.size", title, detail, fixes, source), port=odd[0].wire.target.port)


def _both_directions(case: Case, odd: list[Arrival], units: int) -> Iterator[Fix]:
    """An encoder that reads both ways has a state for each: side by side they are as long as the decoder's."""
    source = case.source(odd[0])
    if source.type != "Bidirectional" or _units(source) is None or any(s.wire.source.block != source.id for s in odd):
        return
    number, names = case.document.next_id, [block.name for block in case.document.graph.blocks]
    both: list[Edit] = []
    for at, state in enumerate(odd):
        part = state.wire.source.port.removeprefix("forward_").removeprefix("backward_")
        joined = Block(f"b{number + at}", "Concatenate", free_name(f"both_{part}", names))
        both.append(AddBlock(joined))
        both += [Connect(PortRef(source.id, f"{side}_{part}"), PortRef(joined.id, "inputs")) for side in SIDES]
        both.append(Connect(PortRef(joined.id, "output"), state.wire.target))
    doubled = 2 * (_units(source) or 0)
    path = _units_path(case.layer)
    if doubled != units:
        yield Fix(f"Put both directions side by side and set units of {case.layer.name} to {doubled}",
                  (*both, SetArgument(case.layer.id, path, doubled)))  # fmt: skip
    else:
        yield Fix("Put the states of both directions side by side (Concatenate)", tuple(both))
