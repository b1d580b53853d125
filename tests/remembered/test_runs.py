"""Runs are kept within a budget; what is damaged is passed over, and a damaged file is an empty one."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

from engine.remembered.runs import NotedRun, RunStore
from tests.documents import chain

RUN = NotedRun(
    chain([("LSTM", {"units": 4})], 3), "", "a.seqloom", 5.0, 2, "4 sequences", 7, "cpu", False, ("x: 1, 2",)
)


def test_what_is_put_comes_back_newest_first(tmp_path: Path) -> None:
    """With its picture, which may come later."""
    store = RunStore(tmp_path / "runs.sqlite3")
    first = store.put(RUN)
    second = store.put(replace(RUN, title="b.seqloom"))
    assert store.put(replace(RUN, id=first, pictures={"b2": b"png"})) == first
    assert [(run.id, run.title) for run in list(store.each())] == [(second, "b.seqloom"), (first, "a.seqloom")]
    assert list(store.each())[1] == replace(RUN, id=first, pictures={"b2": b"png"})
    store.rename(first, " good ")
    store.delete(second)
    assert [run.name for run in list(store.each())] == ["good"]


def test_the_oldest_without_a_name_make_room_first(tmp_path: Path) -> None:
    """Then the oldest with one; the newest stays, however small the budget."""
    size = len(sqlite_sizes(tmp_path))
    store = RunStore(tmp_path / "runs.sqlite3", budget=3 * size)
    ids = [store.put(RUN) for _ in range(3)]
    store.rename(ids[0], "first")
    ids += [store.put(RUN) for _ in range(2)]
    assert {run.id for run in list(store.each())} == {ids[0], ids[3], ids[4]}
    tight = RunStore(tmp_path / "runs.sqlite3", budget=1)
    last = tight.put(RUN)
    assert [run.id for run in list(tight.each())] == [last]


def sqlite_sizes(folder: Path) -> bytes:
    """What one run takes."""
    path = folder / "size.sqlite3"
    RunStore(path).put(RUN)
    with sqlite3.connect(path) as base:
        return base.execute("SELECT content FROM runs").fetchone()[0]


def test_damaged_entries_are_passed_over_and_a_damaged_file_is_empty(tmp_path: Path) -> None:
    """Never an exception."""
    path = tmp_path / "runs.sqlite3"
    store = RunStore(path)
    good, bad = store.put(RUN), store.put(RUN)
    with sqlite3.connect(path) as base:
        base.execute("UPDATE runs SET content = ? WHERE id = ?", (b"nonsense", bad))
    assert [run.id for run in list(store.each())] == [good]
    path.write_bytes(b"no database at all" * 100)
    assert list(store.each()) == []
    assert store.put(RUN) > 0
    assert RunStore(Path("/proc/nowhere/runs.sqlite3")).put(RUN) == 0
