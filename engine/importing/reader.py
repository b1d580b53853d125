"""What is known while code is read: names, the drawing, how much may still be done. Nothing of the code is executed."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from engine.catalog.spec import Catalog
from engine.graph.values import Json
from engine.importing.drawing import Drawing, TooMuch
from engine.importing.names import usual_name
from engine.importing.objects import Class, Function, Hole, Instance, Layer, Scope, Stack, Unknown, Value, Whole
from engine.importing.text import shortened
from engine.importing.values import Skipped

MOST_STEPS, MOST_STEPS_IN_ALL = 40_000, 400_000
DEEPEST, DEEPEST_CALLS = 120, 24
MOST_SKIPPED = 100


class TooDeep(TooMuch):
    """Nested, or calling itself, deeper than anybody means."""


class Reader:
    """The state of one reading.

    Attributes:
        scopes: names and values, outermost first.
        layers, stacks, wholes, functions, classes, instances: what the code makes, in order.
        evaluate, execute: the value of an expression, the effect of statements; both read and run nothing.
        guessed: what was taken for names without a value, so that the same name is the same value.
        line: of the call that is being read.
    """

    def __init__(
        self,
        catalog: Catalog,
        evaluate: Callable[[Reader, ast.expr], Value],
        execute: Callable[[Reader, Sequence[ast.stmt]], None],
    ) -> None:
        self.catalog = catalog
        self._evaluate, self._execute = evaluate, execute
        self.drawing = Drawing(catalog)
        self.scopes: list[Scope] = [{}]
        self.skipped: list[Skipped] = []
        self.layers: list[Layer] = []
        self.stacks: list[Stack] = []
        self.wholes: list[Whole] = []
        self.functions: list[Function] = []
        self.classes: list[Class] = []
        self.instances: list[Instance] = []
        self.guessed: dict[str, Json] = {}
        self.line = 0
        self.statement: ast.stmt | None = None
        self.calls = 0
        self._depth = 0
        self._steps = self._all_steps = 0
        self._told: set[Skipped] = set()
        self._holes: dict[str, Hole] = {}

    def evaluate(self, node: ast.expr) -> Value:
        """The value of an expression."""
        return self._evaluate(self, node)

    def execute(self, body: Sequence[ast.stmt]) -> None:
        """The effect of statements on names and on the drawing."""
        self._execute(self, body)

    # --- names ---------------------------------------------------------------------------------------------------------

    def lookup(self, name: str) -> Value:
        """What a name stands for."""
        for scope in (self.scopes[-1], *reversed(self.scopes[:-1])):
            if name in scope:
                return scope[name]
        return usual_name(name, self.catalog) or Unknown(f"{name} has no value in the text", name)

    def assign(self, name: str, value: Value) -> None:
        """Gives a name a value."""
        self.scopes[-1][name] = value

    def hole(self, unknown: Unknown) -> Hole:
        """The tensor that an unknown name stands for where a layer takes it; the same name is the same tensor."""
        name = unknown.name if unknown.name.isidentifier() else ""
        return self._holes.setdefault(name, Hole(name))

    @contextmanager
    def inside(self, scopes: list[Scope], scope: Scope) -> Iterator[None]:
        """Within a function's body.

        Raises:
            TooDeep: functions call each other without end.
        """
        before, self.scopes = self.scopes, [*scopes, scope]
        self.calls += 1
        try:
            if self.calls > DEEPEST_CALLS:
                raise TooDeep(f"functions call each other more than {DEEPEST_CALLS} deep")
            yield
        finally:
            self.scopes = before
            self.calls -= 1

    # --- bounds --------------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """A statement of the outermost level begins."""
        self._steps = 0

    @contextmanager
    def step(self) -> Iterator[None]:
        """One expression or statement.

        Raises:
            TooMuch: there were too many.
            TooDeep: they are nested too deeply.
        """
        self._steps += 1
        self._all_steps += 1
        if self._steps > MOST_STEPS or self._all_steps > MOST_STEPS_IN_ALL:
            raise TooMuch(f"it takes more than {MOST_STEPS:,} steps to follow")
        self._depth += 1
        try:
            if self._depth > DEEPEST:
                raise TooDeep(f"it is nested deeper than {DEEPEST} levels")
            yield
        finally:
            self._depth -= 1

    # --- what is left out ----------------------------------------------------------------------------------------------

    def skip(self, reason: str, line: int = 0, text: str = "") -> None:
        """Notes that the statement being read, or a line, was left out."""
        if not text and self.statement is not None:
            line = line or self.statement.lineno
            text = shortened(ast.unparse(self.statement))
        left = Skipped(line or self.line, text, reason)
        if left not in self._told and len(self.skipped) < MOST_SKIPPED:
            self._told.add(left)
            self.skipped.append(left)
