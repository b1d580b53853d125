"""What is kept between sessions is found again, bounded, and never in the way."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from engine.catalog.snapshot import load_snapshot
from engine.document.apply import apply_all
from engine.document.edits import Move
from engine.document.values import Document
from engine.graph.values import Block, Graph
from engine.remembered import key as keys
from engine.remembered import store as stores
from engine.remembered.key import analysis_key
from engine.remembered.store import Store
from tests.documents import chain


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty store."""
    return Store(tmp_path / "cache" / "analyses.sqlite3")


def document() -> Document:
    """A small model."""
    return chain([("LSTM", {"units": 4}), ("Dense", {"units": 1})], 3)


def test_what_was_kept_comes_back_in_another_session(store: Store, tmp_path: Path) -> None:
    store.put("a", {"ok": True, "blocks": [1, 2]})
    again = Store(tmp_path / "cache" / "analyses.sqlite3")
    assert again.get("a") == {"ok": True, "blocks": [1, 2]}
    assert again.get("b") is None


def test_the_entries_not_used_for_longest_make_room(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "MOST_KEPT", 3)
    for name in "abc":
        store.put(name, {"name": name})
    store.get("a")
    store.put("d", {"name": "d"})
    assert [store.get(name) is not None for name in "abcd"] == [True, False, True, True]


@pytest.mark.parametrize("damage", [b"", b"no database at all " * 500])
def test_a_damaged_store_is_an_empty_one(store: Store, tmp_path: Path, damage: bytes) -> None:
    store.put("a", {"ok": True})
    (tmp_path / "cache" / "analyses.sqlite3").write_bytes(damage)
    assert store.get("a") is None
    store.put("a", {"ok": True})
    assert store.get("a") == {"ok": True}


def test_a_damaged_entry_is_an_unknown_one(store: Store, tmp_path: Path) -> None:
    store.put("a", {"ok": True})
    with sqlite3.connect(tmp_path / "cache" / "analyses.sqlite3") as base:
        base.execute("UPDATE analyses SET content = x'00'")
    base.close()
    assert store.get("a") is None


def test_a_store_that_cannot_be_written_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    blocked = Store(tmp_path / "file" / "analyses.sqlite3")
    blocked.put("a", {"ok": True})
    assert blocked.get("a") is None


def test_a_locked_store_does_not_wait(store: Store, tmp_path: Path) -> None:
    store.put("a", {"ok": True})
    base = sqlite3.connect(tmp_path / "cache" / "analyses.sqlite3", isolation_level=None)
    base.execute("BEGIN EXCLUSIVE")
    assert store.get("a") is None
    base.execute("ROLLBACK")
    base.close()
    assert store.get("a") == {"ok": True}


def test_layout_and_notes_do_not_count_everything_else_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = document()
    key = analysis_key(plain, tmp_path, probe=True)
    assert analysis_key(apply_all(plain, [Move("b2", (9.0, 9.0))], load_snapshot()), tmp_path, probe=True) == key
    assert analysis_key(replace(plain, notes=({"id": "n1", "text": "x"},)), tmp_path, probe=True) == key
    others = [
        analysis_key(plain, tmp_path, probe=False),
        analysis_key(replace(plain, seed=8), tmp_path, probe=True),
        analysis_key(replace(plain, sample={"batch": 3}), tmp_path, probe=True),
        analysis_key(chain([("LSTM", {"units": 5}), ("Dense", {"units": 1})], 3), tmp_path, probe=True),
    ]
    monkeypatch.setattr(keys, "versions", lambda: "another Keras")
    others.append(analysis_key(plain, tmp_path, probe=True))
    trained = replace(plain, weights="trained.weights.h5")
    others.append(analysis_key(trained, tmp_path, probe=True))
    (tmp_path / "trained.weights.h5").write_bytes(b"other weights")
    others.append(analysis_key(trained, tmp_path, probe=True))
    assert len({key, *others}) == 8


def test_a_file_that_the_sample_reads_counts_with_its_content(tmp_path: Path) -> None:
    fed = replace(document(), sample={"inputs": {"series": {"kind": "file", "path": "x.npz#train"}}})
    without = analysis_key(fed, tmp_path, probe=True)
    (tmp_path / "x.npz").write_bytes(b"12345")
    before = analysis_key(fed, tmp_path, probe=True)
    (tmp_path / "x.npz").write_bytes(b"123456")
    assert len({without, before, analysis_key(fed, tmp_path, probe=True)}) == 3


def test_custom_layers_are_never_kept(store: Store) -> None:
    inner = {"layer": {"type": "mine>Cell", "arguments": {}}}
    for block in (Block("b1", "mine>Layer", "x"), Block("b1", "RNN", "x", inner)):
        key = analysis_key(Document(Graph((block,))), None, probe=True)
        assert key == ""
        store.put(key, {"ok": True})
        assert store.get(key) is None
