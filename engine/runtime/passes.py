"""A pass on a device: made, measured warm, and made again on the CPU where the device could not."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.protocol.messages import Array
from engine.protocol.work import Work
from engine.runtime.assemble import AssemblyError
from engine.runtime.devices import CPU, Chosen, fallback, is_cpu
from engine.runtime.environment import tensorflow
from engine.runtime.forward import Seen, WatchedModel, forward
from engine.runtime.known_calls import Calls, KnownCalls

NOTHING_KNOWN = KnownCalls()
LONGEST_REPEATED_S = 10.0
"""A first pass that took longer is not repeated to be measured warm."""


@dataclass(frozen=True)
class Passed:
    """What a pass gave.

    Attributes:
        chosen: where it was made.
        ms: of the warm pass, None where it failed; calls that were known count as they did when they were made.
        block_ms: of each block's call in it; empty where the device works while Python goes on.
    """

    model: WatchedModel
    seen: Seen
    chosen: Chosen
    ms: float | None
    block_ms: Mapping[str, float]


class Passes:
    """Makes passes; knows which model has run before, since a first pass is not warm."""

    def __init__(self) -> None:
        self._ran: WatchedModel | None = None

    def make(
        self,
        model_on: Callable[[Chosen], WatchedModel],
        feeds: Mapping[str, Array],
        chosen: Chosen,
        work: Work,
        known: KnownCalls = NOTHING_KNOWN,
    ) -> Passed:
        """The pass on the chosen device, or on the CPU where that one is full or fails and the CPU does not.

        Args:
            model_on: gives the model with its weights on a device.
            known: calls of an earlier pass, which are not made again.

        Raises:
            AssemblyError: the model cannot be built.
            Cancelled: a stop was asked for.
        """
        if chosen.name == CPU:
            return self._on(model_on(chosen), feeds, chosen, work, known)
        failure: Exception
        try:
            passed = self._on(model_on(chosen), feeds, chosen, work, known)
            if passed.seen.error is None:
                return passed
            failure = passed.seen.error
        except AssemblyError as error:
            failure = error
        spare = fallback(chosen, failure)
        again = self._on(model_on(spare), feeds, spare, work, known)
        if again.seen.error is not None:  # the model's own fault, wherever it runs
            return Passed(again.model, again.seen, chosen, None, {})
        return again

    def _on(
        self, model: WatchedModel, feeds: Mapping[str, Array], chosen: Chosen, work: Work, known: KnownCalls
    ) -> Passed:
        calls = known.for_pass(model.content, model.assembled, feeds)
        new = model is not self._ran
        seen, seconds = timed_pass(model, feeds, chosen, work.part(0, 0.5) if new else work, calls)
        cold = not seen.warm or new
        if cold and seen.error is None and seconds < LONGEST_REPEATED_S:
            del seen  # the second pass may have its memory
            again = work.part(0.5, 0.5) if new else Work(cancelled=work.cancelled)
            seen, seconds = timed_pass(model, feeds, chosen, again, calls)
        self._ran = model
        if seen.error is not None:
            return Passed(model, seen, chosen, None, {})
        block_ms = {block: 1000 * taken for block, taken in seen.seconds.items() if block} if is_cpu(chosen) else {}
        return Passed(model, seen, chosen, (seconds + seen.spared) * 1000, block_ms)


def timed_pass(
    model: WatchedModel, feeds: Mapping[str, Array], chosen: Chosen, work: Work, known: Calls
) -> tuple[Seen, float]:
    """A pass and the seconds it took, until the device was done."""
    with tensorflow.device(chosen.tensorflow_name):
        start = time.perf_counter()
        seen = forward(model, feeds, work, known=known)
        if not is_cpu(chosen) and seen.error is None:
            tensorflow.test.experimental.sync_devices()
        return seen, time.perf_counter() - start
