"""A call that hangs or kills costs its block, and not the answer."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from engine.client.client import WorkerClient

FAKE = [sys.executable, str(Path(__file__).resolve().parents[1] / "fakes" / "slow_worker.py")]


@pytest.mark.parametrize("deadly", [False, True])
def test_the_bad_call_is_refused_in_the_next_worker(deadly: bool) -> None:
    """One that hangs at the first time, one that kills as soon as it is known by name."""
    body: dict[str, Any] = {"document": {}, "do": "ask", "deadly": deadly}
    with WorkerClient(FAKE, hang_s=1.2) as client:
        first = client.process_id
        reply = client.request("analyse", body)
        assert reply.ok
        assert reply.body["refused"] == ["bad"]
        assert reply.body["pid"] != first
