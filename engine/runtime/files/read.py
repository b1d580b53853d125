"""Reads the sequences that an Input wants of a file, by the end of its name; what was read last is remembered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from engine.document.file_options import JSON_LINES, PARQUET, TABLES, TEXTS
from engine.runtime.files.csv_file import read_csv
from engine.runtime.files.json_lines import read_json_lines
from engine.runtime.files.parquet import read_parquet
from engine.runtime.files.text import read_text
from engine.runtime.files.values import FileError, FileRead, Wanted

READERS: Mapping[str, Callable[[Wanted], FileRead]] = {
    **dict.fromkeys(TABLES, read_csv),
    **dict.fromkeys(JSON_LINES, read_json_lines),
    **dict.fromkeys(PARQUET, read_parquet),
    **dict.fromkeys(TEXTS, read_text),
}
FILES_KEPT = 4


def read_file(wanted: Wanted) -> FileRead:
    """The sequences; read once for each state of the file.

    Raises:
        FileError: it cannot be read as it is wanted, or has no sequence.
    """
    try:
        state = wanted.path.stat()
        read = _read(wanted, (state.st_mtime_ns, state.st_size))
    except FileNotFoundError:
        raise FileError(" does not exist", "Choose another file.") from None
    except OSError as error:
        raise FileError(f" cannot be opened ({error.strerror or error})", "Choose another file.") from None
    if not read.sequences:
        skipped = wanted.options.first
        why = f" has no sequence after the first {skipped}" if skipped else " has no sequence"
        raise FileError(why, "Lower first." if skipped else "Choose another file.")
    return read


@lru_cache(maxsize=FILES_KEPT)
def _read(wanted: Wanted, _: tuple[int, int]) -> FileRead:
    return READERS[wanted.path.suffix.lower()](wanted)
