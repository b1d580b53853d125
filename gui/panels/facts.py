"""What a block does to time and what it costs, as rows of words: from the analysis and the run, from nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Literal, TypeAlias

from engine.analysis.fused_kernel import kernel_obstacles
from engine.analysis.values import BlockAnalysis, TensorSpec, spoken_time
from engine.catalog.ports import reused_block
from engine.graph.values import INPUT, REUSE, Block
from engine.protocol.looks import PaddedLook, PaddedSteps
from engine.protocol.results import RunResult
from gui.session.ports import LOSS, maker_names
from gui.session.session import EditorSession

Tone: TypeAlias = Literal["plain", "number", "good", "warning", "quiet"]
FATES = {
    "none": "", "created": "made here", "passed": "passed on", "dropped": "lost here", "consumed": "used, and ends here",
}  # fmt: skip
NOT_RUN = "known after a run"
NO_PADDING, UNDER_WAY = "no padding in this sample", "after the run under way"
WAITING_TIPS = {
    NO_PADDING: "Give lengths to the Input's sample to see it.",
    "being read from the run": "The engine reads them once it has answered what was asked before.",
    UNDER_WAY: "The engine reads them when the run has ended; Cancel stops it.",
}


@dataclass(frozen=True)
class Fact:
    """One row: what is told, how it is, and more of it on hover.

    Attributes:
        of_run: a run showed it; else Keras's answer about the document says it.
        old: it is of before the last edit.
    """

    label: str
    text: str
    tip: str = ""
    tone: Tone = "plain"
    of_run: bool = False
    old: bool = False


def time_facts(session: EditorSession, block: Block) -> tuple[Fact, ...]:
    """What arrives, what leaves, and what became of time and mask in between."""
    known = session.analysis.blocks.get(block.id)
    if known is None or (not session.analysis.complete and known.outputs is None):
        return (Fact("", "Keras has not answered yet.", tone="quiet"),)
    return _aged(session, _time_facts(session, block, known))


def _aged(session: EditorSession, facts: Iterator[Fact]) -> tuple[Fact, ...]:
    """What is of a run before the last edit, or was said before Keras was asked anew, is old."""
    old_run, old_answer = bool(session.run_state.stale) or session.looks.padded_is_old, not session.analysis.complete
    return tuple(replace(fact, old=old_run if fact.of_run else old_answer) for fact in facts)


def age_words(session: EditorSession, facts: Sequence[Fact]) -> str:
    """Since when the old ones of these facts are old; empty: none is."""
    stale = session.run_state.stale
    if stale and any(fact.old and fact.of_run for fact in facts):
        return f"run before “{stale}”"
    return "asking Keras …" if any(fact.old and not fact.of_run for fact in facts) else ""


def _time_facts(session: EditorSession, block: Block, known: BlockAnalysis) -> Iterator[Fact]:
    arriving = [(name, one) for name, spec in known.inputs.items() for one in _each(spec)]
    for name, spec in arriving:
        yield _spec_fact("arrives" if len(arriving) == 1 else name, spec, session.run)
    if known.outputs is None:
        yield Fact("leaves", "not known: an error stands in the way", tone="warning")
        return
    for name, spec in known.outputs.items():
        yield _spec_fact("leaves" if len(known.outputs) == 1 else name, spec, session.run)
    first = next(iter(known.outputs.values()), None)
    if first is not None and block.type != INPUT:
        yield Fact("length", _length(arriving[0][1] if arriving else None, first))
    if FATES[known.mask]:
        yield _mask_fact(session, known)
    if block.type != INPUT and _has_time(known):
        yield padded_fact(session.looks.padded, waiting=_waiting(session))


def _mask_fact(session: EditorSession, known: BlockAnalysis) -> Fact:
    """What became of the mask here, who made it, and whether Keras says a word of its loss."""
    makers = " and ".join(maker_names(known, session.document.graph))
    words = FATES[known.mask]
    if known.mask == "dropped":
        words += ", with a warning" if known.mask_warned else ", silently"
    elif makers and known.mask != "created":
        words += f", made by {makers}"
    lost = [LOSS[known.mask_warned]] if known.mask == "dropped" else []
    made = [f"It was made by {makers}."] if makers and known.mask != "created" else []
    tip = "\n".join([*lost, *made, "A mask says which steps are real; it never changes a length."])
    return Fact("mask", words, tip, "warning" if known.mask == "dropped" else "plain")


def _each(spec: TensorSpec | tuple[TensorSpec, ...]) -> tuple[TensorSpec, ...]:
    return spec if isinstance(spec, tuple) else (spec,)


def _has_time(known: BlockAnalysis) -> bool:
    specs = [one for spec in known.inputs.values() for one in _each(spec)]
    return any(spec.time for spec in (*specs, *(known.outputs or {}).values()))


def _spec_fact(label: str, spec: TensorSpec, run: RunResult | None) -> Fact:
    words = [spec.text(), *([spec.dtype] if spec.dtype != "float32" else []), *(["masked"] if spec.mask else [])]
    return Fact(label, " ".join(words), axes_tip(spec, run), "number")


def axes_tip(spec: TensorSpec, run: RunResult | None) -> str:
    """B and T explained, with their sizes in the run that is shown."""
    sizes = next((fed.shape for fed in run.inputs.values() if len(fed.shape) > 1), None) if run is not None else None
    lines: list[str] = []
    if spec.shape[:1] == (None,):
        lines.append("B: sequences in a batch" + (f", {sizes[0]} in the sample" if sizes else ""))
    if spec.time and "T" in spec.time:
        lines.append(
            "T: steps of the padded batch" + (f", {sizes[1]} in the sample" if sizes else "") + "; any length fits"
        )
    if spec.mask:
        lines.append("masked: it carries which steps are real")
    return "\n".join([*lines, spec.dtype])


def _length(before: TensorSpec | None, after: TensorSpec) -> str:
    given = before.time if before is not None else None
    if before is not None and len(after.shape) < len(before.shape):
        return "one vector per sequence" if given else "no time axis"
    if after.time is None:
        return "no time axis" if len(after.shape) < 3 else "known when it runs"
    if given is None:
        return f"{spoken_time(after.time)} steps begin here"
    if given == after.time:
        return f"one output per step, {spoken_time(after.time)}"
    return f"{spoken_time(given)} becomes {spoken_time(after.time)}"


# --- padded steps -----------------------------------------------------------------------------------------------------


def padded_fact(look: PaddedLook | None, *, waiting: str) -> Fact:
    """What the run left at padded steps: of what leaves, else of the state.

    Args:
        waiting: what is said while no answer is there.
    """
    label = "at padded steps"
    if look is None:
        return Fact(label, waiting, WAITING_TIPS.get(waiting, ""), "quiet", of_run=True)
    if not look.padding:
        return Fact(label, NO_PADDING, WAITING_TIPS[NO_PADDING], "quiet", of_run=True)
    if not look.tensors:
        tip = "Neither a mask nor the sample says which of the steps here are padding."
        return Fact(label, "no step is known as padding", tip, "quiet", of_run=True)
    shown = next((steps for steps in look.tensors if not steps.state), look.tensors[0])
    tip = "\n".join(_counted(steps) for steps in look.tensors)
    return Fact(label, _padded_words(shown), tip, _padded_tone(shown), of_run=True)


def _waiting(session: EditorSession) -> str:
    """What is known of padded steps before the engine has read them, or what they wait for."""
    run, phase = session.run, session.run_state.phase
    if run is None:
        return UNDER_WAY if phase == "running" else NOT_RUN
    if all(fed.valid is None or bool(fed.valid.all()) for fed in run.inputs.values()):
        return NO_PADDING
    if phase in ("starting", "lost", "failed"):
        return "known when the engine is back"
    return UNDER_WAY if phase == "running" else "being read from the run"


def _padded_words(steps: PaddedSteps) -> str:
    if steps.state:
        return {steps.steps: "state held"}.get(steps.repeated, "read like any step: the state moves on")
    for count, words in (
        (steps.repeated, "repeats last output"),
        (steps.zero, "zeros"),
        (steps.nan, "NaN"),
        (steps.repeated + steps.zero, "last output, or zeros before the first"),
    ):
        if count == steps.steps:
            return words
    return "computed like any step"


def _padded_tone(steps: PaddedSteps) -> Tone:
    return "warning" if steps.nan or steps.state and steps.repeated < steps.steps else "plain"


def _counted(steps: PaddedSteps) -> str:
    rest = steps.steps - steps.zero - steps.repeated - steps.nan
    word = "hold the state" if steps.state else "repeat the last step"
    parts = (
        (steps.repeated, word),
        (steps.zero, "are zero"),
        (steps.nan, "hold NaN"),
        (rest, "have values of their own"),
    )
    told = ", ".join(f"{count} {words}" for count, words in parts if count)
    return f"{steps.what}: of {steps.steps} padded steps{'' if steps.masked else ' (not masked)'} {told}"


# --- cost -------------------------------------------------------------------------------------------------------------


def cost_facts(session: EditorSession, block: Block) -> tuple[Fact, ...]:
    """Weights, time of the last run, and whether a GPU computes it with its fused kernel."""
    known = session.analysis.blocks.get(block.id)
    if block.type == INPUT or known is None:
        return ()
    return _aged(session, _cost_facts(session, block, known))


def _cost_facts(session: EditorSession, block: Block, known: BlockAnalysis) -> Iterator[Fact]:
    if known.parameters is None:
        yield Fact("parameters", "not known", "Keras could not build the layer.", "quiet")
    elif block.type == REUSE:
        yield Fact("parameters", "0", "The weights are counted at the block that is called again.", "number")
    else:
        yield Fact("parameters", f"{known.parameters:,}", weights_tip(known.weights), "number")
    run = session.run
    if run is not None and block.id in run.block_ms:
        tip = f"Its call on {run.device.upper()}, warm."
        yield Fact("last run", f"{run.block_ms[block.id]:.1f} ms", tip, "number", of_run=True)
    owner = reused_block(block, session.document.graph)
    obstacles = kernel_obstacles(owner.type, owner.arguments, session.catalog) if owner is not None else None
    if obstacles is not None:
        yield gpu_fact(obstacles, session.looks.padded, masked=_is_masked(known.inputs))


def _is_masked(inputs: Mapping[str, TensorSpec | tuple[TensorSpec, ...]]) -> bool:
    return any(spec.mask for spec in _each(inputs.get("inputs", ())))


def weights_tip(weights: tuple[tuple[str, tuple[int, ...]], ...]) -> str:
    """The formula: Keras's weights with their shapes, added up."""
    lines = [f"{name}  {'×'.join(map(str, shape)) or '1'} = {prod(shape):,}" for name, shape in weights]
    return "\n".join([*lines, f"together {sum(prod(shape) for _, shape in weights):,}"]) if lines else "No weights."


def gpu_fact(obstacles: tuple[str, ...], look: PaddedLook | None, *, masked: bool) -> Fact:
    """Whether the fused kernel is used: the arguments decide, then the mask of the sample."""
    if obstacles:
        tip = "On a GPU Keras falls back to its step by step loop:\n" + "\n".join(obstacles)
        return Fact("on a GPU", f"no fast kernel: {', '.join(obstacles)}", tip, "quiet")
    if look is not None and look.kernel:
        tip = (
            "The fused kernel takes only masks that are padded after, with a valid step in each sequence. Where it does "
            "not, a direct call takes the loop instead, predict and fit stop with an error. "
            "Set use_cudnn to false to do without it."
        )
        return Fact("on a GPU", f"fast kernel refuses the mask: {look.kernel}", tip, "warning", of_run=True)
    tip = "Keras uses the fused cuDNN kernel: the activations are tanh and sigmoid, with bias, nothing is unrolled."
    if look is None or not look.padding or not masked:
        return Fact("on a GPU", "fast kernel", tip, "good")
    return Fact("on a GPU", f"fast kernel: padded after; {_beside_the_loop(look)}", tip, "good", of_run=True)


def _beside_the_loop(look: PaddedLook) -> str:
    """What differs at padded steps: the fused kernel leaves zeros there, the loop left what the run shows."""
    leaving = [steps for steps in look.tensors if not steps.state]
    if any(steps.repeated for steps in leaving):
        return "at padded steps it leaves zeros, the CPU repeats the last output"
    return "at padded steps both leave zeros" if leaving else "both give the same, padded steps do not leave"
