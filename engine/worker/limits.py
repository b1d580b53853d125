"""The worker's bounds: it may not take the whole machine with it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

HEADROOM_BYTES = 24 * 1024**3
"""Address space beyond the machine's memory: TensorFlow reserves far more than it uses."""


def limit_memory(devices: Sequence[str]) -> None:
    """On Linux and without a GPU: an allocation far beyond the machine's memory fails in the worker as MemoryError.

    With CUDA address space says nothing about memory, so nothing is bounded there; nor on Windows and macOS.
    """
    if not sys.platform.startswith("linux") or any(name.startswith("gpu") for name in devices):
        return
    import resource

    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = physical + HEADROOM_BYTES
    if hard == resource.RLIM_INFINITY or wanted < hard:
        resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))
