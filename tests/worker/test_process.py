"""The worker process: exactly one answer each, whatever libraries print, whoever kills it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from engine.client.client import WorkerClient, WorkerLost
from engine.document.file import encode_document
from engine.graph.values import JsonObject
from engine.protocol.messages import READS, Verb
from tests.documents import chain, with_sample

FAKE = [sys.executable, str(Path(__file__).resolve().parents[1] / "fakes" / "slow_worker.py")]


@pytest.fixture
def client() -> Iterator[WorkerClient]:
    """A client of the fake worker."""
    with WorkerClient(FAKE) as made:
        yield made


def test_prints_of_libraries_never_break_the_protocol(client: WorkerClient) -> None:
    """In Python, on the descriptor, in C."""
    assert client.request("run", {"do": "print"}).ok
    assert client.request("run", {}).ok


def test_a_failure_is_one_sentence_and_the_worker_goes_on(client: WorkerClient) -> None:
    """Ours, the machine's, the person's."""
    said = {do: client.request("run", {"do": do}).error for do in ("fail", "memory", "user")}
    assert "our own mistake" in said["fail"]
    assert "\n" not in said["fail"]
    assert "not enough memory" in said["memory"]
    assert said["user"] == "Do it differently."
    assert client.request("run", {}).ok


def test_our_own_mistakes_are_in_the_log(quiet_home: Path) -> None:
    """The person reads one sentence; whoever mends it finds the traceback."""
    with WorkerClient(FAKE) as client:
        client.request("run", {"do": "fail"})
    assert "KeyError: 'our own mistake'" in next(quiet_home.rglob("worker.log")).read_text()


def test_a_cancel_arrives_during_work(client: WorkerClient) -> None:
    """Between steps; the answer says so; progress came before."""
    seen: list[float | None] = []
    request = client.send("run", {"do": "steps"})

    def progress(fraction: float | None, _: str) -> None:
        seen.append(fraction)
        if len(seen) == 3:
            client.cancel(request)

    reply = client.wait(request, progress=progress)
    assert (reply.ok, reply.cancelled) == (False, True)
    assert seen[0] == 0


@pytest.mark.parametrize("verb", sorted(READS))
def test_what_is_read_from_a_run_waits_for_no_other_work(client: WorkerClient, verb: Verb) -> None:
    """Nobody who looks waits: the answer comes while another request never ends."""
    client.send("probe", {"do": "hang"})
    assert client.request(verb, {}).ok


def test_a_newer_request_overtakes_an_older_one_of_its_verb(client: WorkerClient) -> None:
    """Only the newest is answered."""
    client.send("run", {"do": "steps"})
    assert client.request("run", {}).ok


def test_a_worker_that_dies_is_a_sentence_and_a_new_one_answers(client: WorkerClient) -> None:
    """By itself or by a signal."""
    first = client.request("run", {}).body["pid"]
    with pytest.raises(WorkerLost, match="exit status 7"):
        client.request("run", {"do": "die"})
    client.start()
    request = client.send("run", {"do": "hang"})
    os.kill(int(str(client.process_id)), signal.SIGKILL)
    with pytest.raises(WorkerLost, match="signal 9"):
        client.wait(request)
    client.start()
    assert client.request("run", {}).body["pid"] != first


def test_the_worker_ends_with_its_parent_even_while_it_hangs() -> None:
    """No orphans."""
    process = subprocess.Popen(FAKE, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    from engine.protocol.codec import encode_bytes
    from engine.protocol.messages import Request

    process.stdin.write(encode_bytes(Request(1, "run", body={"do": "hang"})))
    process.stdin.flush()
    process.stdin.close()
    assert process.wait(20) == 0
    assert process.stdout is not None
    process.stdout.close()


def test_the_real_worker_survives_being_killed_at_any_moment() -> None:
    """Killed while it loads, analyses or runs; started again, it gives the answer it would have given."""
    document = encode_document(chain([("LSTM", {"units": 8, "return_sequences": True}), ("Dense", {"units": 2})], 3))
    body: JsonObject = {"document": document, "probe": True, "folder": ""}
    with WorkerClient() as client:
        expected = client.request("analyse", body).body
        for delay in (0.05, 0.4, 4.0):
            client.start()
            victim = client.process_id
            threading.Timer(delay, lambda pid=victim: _kill(pid)).start()
            with pytest.raises(WorkerLost):
                _ask_for_ever(client, body)
        client.start()
        assert client.request("analyse", body).body == expected


def _ask_for_ever(client: WorkerClient, body: JsonObject) -> None:
    while True:
        client.request("run", body)


def _kill(pid: int | None) -> None:
    if pid is not None:
        os.kill(pid, signal.SIGKILL)
    time.sleep(0)


LIMITED = """
import resource, sys
from engine.worker.handlers import RuntimeHandler
from engine.worker.process import main

def made():
    handler = RuntimeHandler()
    taken = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + ROOM, taken + ROOM))
    return handler

sys.exit(main(made))
"""
ROOM = 900 * 1024**2


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="address space is bounded on Linux alone")
@pytest.mark.parametrize(
    "layer", [("LSTM", {"units": 512, "return_sequences": True}), ("Dense", {"units": 4096})], ids=["LSTM", "Dense"]
)
def test_a_run_that_runs_out_of_memory_is_a_problem_of_its_block(
    layer: tuple[str, JsonObject], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under a real bound of the real engine: what, and the remedy; a new process goes on."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]))
    large = with_sample(chain([layer], 3), batch=512, timesteps=400)
    with WorkerClient([sys.executable, "-c", LIMITED.replace("ROOM", str(ROOM))]) as client:
        try:
            reply = client.request("run", {"document": encode_document(large), "folder": ""})
        except WorkerLost as lost:  # the room was too little for C++ to say so
            why = str(lost)
        else:
            (problem,) = cast("dict[str, Any]", reply.body["run"])["diagnostics"]
            assert (problem["code"], problem["block"]) == ("run.memory", "b2")
            assert problem["title"].startswith("There is not enough memory to run block_2")
            why = problem["detail"]
        assert "se a smaller batch, fewer timesteps" in why
        client.start()
        small = with_sample(chain([layer], 3), batch=2, timesteps=4)
        again = client.request("run", {"document": encode_document(small), "folder": ""})
        assert cast("dict[str, Any]", again.body["run"])["diagnostics"] == []


def test_one_that_the_system_ends_says_that_memory_may_have_run_out(client: WorkerClient) -> None:
    """On the command line too."""
    with pytest.raises(WorkerLost, match="when memory runs out: use a smaller batch"):
        client.request("run", {"do": "killed"})
