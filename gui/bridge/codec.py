"""Whether the codec of the pipe can be used at once: it brings numpy, whose import takes longer than an event may."""

from __future__ import annotations

import sys

CODEC = "engine.protocol.codec"
LATER_MS = 20


def is_imported() -> bool:
    """It is there, whole: a thread may be importing it."""
    module = sys.modules.get(CODEC)
    return module is not None and not getattr(module.__spec__, "_initializing", False)
