"""The sample as people type it, and what the worker found of it in words. No widgets."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from engine.document.file_options import Column
from engine.graph.values import Json
from engine.protocol.file_look import FileLook, VocabularyLook
from engine.protocol.looks import MaskingLook, PaddingProposal


def written_lengths(value: Any) -> str:
    """Lengths as people type them: `15, 4, 9`, or `3-15` for a distribution."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return f"{value.get('min')}-{value.get('max')}"
    return ", ".join(map(str, value)) if isinstance(value, list) else json.dumps(value)


def read_lengths(text: str) -> Json:
    """Lengths of what was typed; nothing: every step is valid.

    Raises:
        ValueError: one sentence.
    """
    text = text.strip()
    if not text:
        return None
    low, dash, high = text.partition("-")
    if dash and low.strip().isdigit() and high.strip().isdigit():
        return {"distribution": "uniform", "min": int(low), "max": int(high)}
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not all(part.isdigit() for part in parts):
        raise ValueError("Lengths are whole numbers such as 15, 4, 9, or a range such as 3-15.")
    return [int(part) for part in parts]


def read_whole(text: str, name: str, lowest: int) -> Json:
    """A whole number of what was typed; nothing: none.

    Raises:
        ValueError: one sentence.
    """
    text = text.strip()
    if not text:
        return None
    if not text.isdigit() or int(text) < lowest:
        raise ValueError(f"{name} must be a whole number from {lowest}.")
    return int(text)


def read_number(text: str, name: str) -> Json:
    """A number of what was typed; nothing: none.

    Raises:
        ValueError: one sentence.
    """
    if not text.strip():
        return None
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{name} must be a number.") from None
    if not math.isfinite(value):
        raise ValueError(f"{name} must be a finite number.")
    return int(value) if value.is_integer() else value


def read_columns(text: str) -> Json:
    """Columns of what was typed: names, or numbers from 1, with commas between them; nothing: none."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    return [read_column(part) for part in parts] or None


def read_column(text: str) -> Json:
    """A column of what was typed: its number, or its name."""
    text = text.strip()
    if not text:
        return None
    return int(text) if text.isdigit() and int(text) > 0 else text


def written_columns(value: Any) -> str:
    """Columns as people type them."""
    parts: list[Column] = value if isinstance(value, list) else [value] if isinstance(value, str | int) else []
    return ", ".join(map(str, parts))


def read_delimiter(text: str) -> Json:
    """What stands between cells: a character, or the word tab; nothing: it is found.

    Raises:
        ValueError: one sentence.
    """
    text = {"tab": "\t", "space": " "}.get(text.strip().lower(), text.strip())
    if len(text) > 1 or text == '"':
        raise ValueError("delimiter is a single character such as ; or the word tab or space.")
    return text or None


def written_delimiter(value: Any) -> str:
    """The character, or its name where it cannot be seen."""
    return {"\t": "tab", " ": "space"}.get(value, value) if isinstance(value, str) else ""


# --- what the worker found, in words ----------------------------------------------------------------------------------


def masking_sentence(look: MaskingLook, padding: int) -> str:
    """What a masking layer over the sample would really mask.

    Args:
        padding: the steps that the sample says are padding.
    """
    layer = "A Masking" if look.layer == "Masking" else "An Embedding with mask_zero"
    value = f"{look.value:g}"
    if look.masked == padding == look.masked_padding:
        what = f"exactly the {padding} padded ones" if padding else "none: no step is all " + value
    else:
        real = look.masked - look.masked_padding
        missed = padding - look.masked_padding
        parts = [f"{look.masked_padding} of the {padding} padded ones"] if padding else []
        parts += [f"{real} real ones"] if real else []
        what = " and ".join(parts) or "none"
        what += f"; {missed} padded ones would count as real" if missed else ""
    sentence = f"{layer} over it would mask {look.masked} of {look.steps} steps: {what}."
    share, masked = look.equal / max(look.numbers, 1), look.masked / max(look.steps, 1)
    if look.layer == "Masking" and share > masked + 0.01:
        sentence += f" {share:.0%} of the numbers are {value}, but it masks a step only where all its features are."
    return sentence


def proposal_sentence(proposal: PaddingProposal, pad_value: float) -> str:
    """“27 of 32 sequences end in all-zero steps, lengths 3 to 15: use as padding?”"""
    end = "end in" if proposal.padding == "post" else "begin with"
    what = "all-zero steps" if pad_value == 0 else f"steps that are all {pad_value:g}"
    span = f"{proposal.shortest} to {proposal.longest}"
    return f"{proposal.sequences} of {proposal.of} sequences {end} {what}, lengths {span}: use as padding?"


def read_sentence(look: FileLook) -> str:
    """“lengths of the 32 sequences that were read, after the first 100; the file has more”"""
    what = f"{look.sequences} sequences" if look.sequences != 1 else "1 sequence"
    after = f" after the first {look.first}" if look.first else ""
    return f"{what} read{after}; the file has {'more' if look.more else 'no more'}."


def vocabulary_sentence(look: VocabularyLook) -> str:
    """The size, and the first tokens with their ids."""
    shown = [f"{at} {printed(token)}" for at, token in enumerate(look.first, FIRST_ID)]
    listed = ", ".join(["0 padding", "1 unknown", *shown])
    source = "" if look.whole else " from the first part of the text"
    return f"Vocabulary of {look.size:,} ids{source}: {listed}{', …' if look.size > len(look.first) + FIRST_ID else ''}"


def printed(token: str) -> str:
    """A token that can be seen: white space by its sign."""
    return {" ": "␣", "\t": "⇥"}.get(token, token)


FIRST_ID = 2
