"""Arrays on disk, without pickles."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from engine.document.file import write_whole
from engine.protocol.messages import Array


def write_npz(path: Path, arrays: Mapping[str, Array]) -> None:
    """Writes arrays by name in one step: the file is whole or as it was.

    Raises:
        OSError: the file cannot be written.
    """
    buffer = io.BytesIO()
    named: dict[str, Any] = dict(arrays)
    np.savez(buffer, **named)
    write_whole(path, buffer.getvalue())
