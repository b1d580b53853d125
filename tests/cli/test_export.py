"""What an export says while it works; the files themselves are tested through the worker."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

from engine.cli import export as module
from engine.cli.arguments import parser
from engine.document.file import save
from engine.protocol.messages import Reply
from tests.documents import chain


class SlowClient:
    """Tells the steps of an export, each several times, and the progress of a pass."""

    def __init__(self, *, verbose: bool) -> None:
        assert not verbose

    def __enter__(self) -> SlowClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def request(self, verb: str, body: Any, *, progress: Any) -> Reply:
        for text in ("building the model", "running the exported code", "running the exported code"):
            progress(0.5, "b3")
            progress(None, text)
        return Reply(1, body={"ok": True, "message": f"{verb} done"})


@pytest.mark.parametrize(("long", "said"), [(-1.0, "building the model …\nrunning the exported code …\n"), (60.0, "")])
def test_a_long_export_says_each_step_once(
    long: float, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On standard error, after a while alone; a pass does not name its blocks; the result stands on standard output."""
    monkeypatch.setattr(module, "WorkerClient", SlowClient)
    monkeypatch.setattr(module, "LONG_S", long)
    save(chain([("LSTM", {"units": 2})], 3), tmp_path / "x.seqloom")
    wanted = parser().parse_args(["export", str(tmp_path / "x.seqloom"), "--to", "python"])
    assert module.export(wanted) == 0
    assert capsys.readouterr() == ("export done\n", said)
