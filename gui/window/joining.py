"""What the worker says goes to whoever shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gui.bridge.bridge import WorkerBridge
    from gui.window.window import MainWindow


def join(window: MainWindow, bridge: WorkerBridge) -> None:
    """Connects the bridge to the session and to the window."""
    session = window.session
    bridge.ready.connect(window.worker_ready)
    bridge.failed.connect(window.say)
    bridge.analysed.connect(session.show_analysis)
    bridge.ran.connect(session.show_run)
    bridge.traced.connect(session.shown.show_trace)
    bridge.previewed.connect(session.shown.show_previews)
    bridge.fitted.connect(session.fits_changed)
    bridge.valued.connect(session.shown.show_values)
    bridge.answered.connect(session.shown.answered)
    bridge.sampled.connect(session.looks.show_sample)
    bridge.foreseen.connect(session.foresight.show)
    bridge.padding_read.connect(session.looks.show_padded)
    bridge.state.connect(session.worker_said)
    bridge.rested.connect(session.worker_rests)
    bridge.leaks_tested.connect(session.findings.show_leaks)
    bridge.leaks_failed.connect(session.findings.refuse_leaks)
    bridge.ways_compared.connect(session.findings.show_ways)
    bridge.explained.connect(session.pasting.show)
    bridge.explaining_failed.connect(session.pasting.refuse)
    bridge.lost.connect(lambda _: session.pasting.lost())
    bridge.exported.connect(lambda answer: window.files.exported(answer))
