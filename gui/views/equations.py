"""A cell's own equations with the numbers of one step put into them, as rich text, line by line down to h."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.protocol.terms import CellTerms, GateTerms
from gui.widgets.numbers import short

LARGE = 1e5
MINUS, TIMES, CONVOLVED = "−", "·", "∗"
FUNCTIONS = {"sigmoid": "σ", "linear": ""}
X, H, C = "x<sub>t</sub>", "h<sub>t-1</sub>", "c<sub>t-1</sub>"
HELD = "masked step: held"
NOT_MADE = "masked step: not used"
ROWS = {
    "LSTM": ("i", "f", "g", "o", "c", "h"),
    "ConvLSTM": ("i", "f", "g", "o", "c", "h"),
    "GRU": ("z", "r", "n", "h"),
    "SimpleRNN": ("h",),
}
"""What each kind of cell computes at a step, in this order."""


@dataclass(frozen=True)
class Equation:
    """One line of a cell: what it is made of, in symbols and in numbers."""

    name: str
    symbols: str
    numbers: str


def equations(found: CellTerms, colours: Mapping[str, str]) -> tuple[Equation, ...]:
    """Every line of the cell, the last ends in h.

    Args:
        colours: of the gates and states, by name.
    """
    return tuple(_Written(found, colours).line(name) for name in ROWS[found.kind])


class _Written:
    """The lines of one cell at one step."""

    def __init__(self, found: CellTerms, colours: Mapping[str, str]) -> None:
        self._found, self._colours = found, colours
        self._values = {gate.name: gate.value for gate in found.gates}

    def line(self, name: str) -> Equation:
        """How one gate or state is made."""
        gate = next((gate for gate in self._found.gates if gate.name == name), None)
        if gate is None or (self._found.held and name in self._found.after):
            return self._state(name)
        symbols = f"{self._named(name, f'{name}<sub>t</sub>')} = {self._symbols(gate)}"
        if self._found.held:
            return Equation(name, symbols, NOT_MADE)
        total = f"{function(gate.activation)}({number(gate.before)})"
        return Equation(name, symbols, f"= {self._sum(gate)} = {total} = {self._coloured(name, number(gate.value))}")

    # --- gates ---------------------------------------------------------------------------------------------------

    def _symbols(self, gate: GateTerms) -> str:
        """`σ(W·x + U·h + b)`, whatever the cell has of it."""
        times = CONVOLVED if self._found.kind == "ConvLSTM" else TIMES
        r = self._named("r", "r<sub>t</sub>")
        state = f"U{times}({r}{TIMES}{H})" if self._resets_before(gate) else f"U{times}{H}"
        held = [state, *(["b′"] if gate.state_bias is not None else [])]
        if self._resets_after(gate):
            held = [f"{r}{TIMES}({' + '.join(held)})" if len(held) > 1 else f"{r}{TIMES}{state}"]
        terms = [f"W{times}{X}", *held]
        terms.insert(1, "b") if gate.state_bias is not None else terms.extend(["b"] * (gate.bias is not None))
        return f"{function(gate.activation)}({' + '.join(terms)})"

    def _sum(self, gate: GateTerms) -> str:
        """The same with the numbers of the step."""
        held = [gate.state, *([gate.state_bias] if gate.state_bias is not None else [])]
        bias = [gate.bias] if gate.bias is not None else []
        if self._resets_after(gate):
            r = self._coloured("r", number(self._values["r"]))
            inside = f"({added(held)})" if len(held) > 1 else factor(gate.state)
            text = f"{added([gate.inputs, *bias])} + {r}{TIMES}{inside}"
        elif gate.state_bias is not None:
            text = added([gate.inputs, *bias, *held])
        else:
            text = added([gate.inputs, *held, *bias])
        return f"{function(gate.activation)}({text})"

    def _resets_before(self, gate: GateTerms) -> bool:
        return gate.name == "n" and not self._found.reset_after

    def _resets_after(self, gate: GateTerms) -> bool:
        return gate.name == "n" and self._found.reset_after

    # --- states --------------------------------------------------------------------------------------------------

    def _state(self, name: str) -> Equation:
        """`c = f·c + i·g`, `h = o·tanh(c)`, `h = z·h + (1 − z)·n`; at a masked step what it was."""
        before, after, gates = self._found.before, self._found.after, self._values
        wide, result = self._named(name, f"{name}<sub>t</sub>"), self._coloured(name, number(after[name]))
        named = {gate: self._named(gate, f"{gate}<sub>t</sub>") for gate in "ifgozrnc"}
        if self._found.held:
            old = C if name == "c" else H
            return Equation(name, f"{wide} = {old}", f"= {result} ({HELD})")
        value = {gate: self._coloured(gate, number(number_of)) for gate, number_of in gates.items()}
        if name == "c":
            symbols = f"{named['f']}{TIMES}{C} + {named['i']}{TIMES}{named['g']}"
            new = self._coloured("g", factor(gates["g"]))
            numbers = f"{value['f']}{TIMES}{factor(before['c'])} + {value['i']}{TIMES}{new}"
        elif "c" in after:
            act = function(self._found.activation)
            symbols = f"{named['o']}{TIMES}{act}({named['c']})"
            numbers = f"{value['o']}{TIMES}{act}({self._coloured('c', number(after['c']))})"
        else:
            symbols = f"{named['z']}{TIMES}{H} + (1 {MINUS} {named['z']}){TIMES}{named['n']}"
            new = self._coloured("n", factor(gates["n"]))
            numbers = f"{value['z']}{TIMES}{factor(before['h'])} + (1 {MINUS} {value['z']}){TIMES}{new}"
        return Equation(name, f"{wide} = {symbols}", f"= {numbers} = {result}")

    def _named(self, name: str, text: str) -> str:
        return f"<b>{self._coloured(name, text)}</b>"

    def _coloured(self, name: str, text: str) -> str:
        return f'<span style="color:{self._colours[name]}">{text}</span>'


def number(value: float) -> str:
    """Three places, with a true minus.

    >>> number(-0.12345)
    '−0.123'
    """
    return short(value, ".3f" if abs(value) < LARGE else ".3g").replace("-", MINUS)


def factor(value: float) -> str:
    """As it stands in a product.

    >>> factor(-0.5), factor(0.5)
    ('(−0.500)', '0.500')
    """
    return f"({number(value)})" if value < 0 else number(value)


def added(values: list[float]) -> str:
    """As they stand in a sum.

    >>> added([0.5, -0.25, 1.0])
    '0.500 − 0.250 + 1.000'
    """
    rest = "".join(f" {MINUS if value < 0 else '+'} {number(abs(value))}" for value in values[1:])
    return f"{number(values[0])}{rest}"


def function(name: str) -> str:
    """How an activation is written: `σ`, `tanh`, nothing for the linear one."""
    return FUNCTIONS.get(name, name)
