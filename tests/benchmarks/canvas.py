"""The canvas at large sizes: CPU time of whole frames, painted by real paint events, in the window's own thread."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication

from engine.analysis.values import Analysis, BlockAnalysis, TensorSpec
from engine.document.edits import Move
from engine.document.values import Document
from gui.canvas.canvas import Canvas
from gui.canvas.view import View
from gui.session.session import EditorSession
from gui.theme.theme import ThemeHolder
from tests.benchmarks.measure import Line
from tests.benchmarks.models import mixed_chain

FRAME = "<= 16 ms"
SIZE = (1000, 640)
FRAMES = 9


def canvas_1000(small: bool) -> Iterator[Line]:
    """1,000 blocks at 100 %: a frame in which the shapes of all blocks arrive, and one after an edit."""
    canvas = canvas_of(mixed_chain(20 if small else 1000))
    canvas.set_view(View(1.0, -560.0, -480.0))
    session = canvas.session
    answers = [analysis_of(session.document, units) for units in (16, 32)]

    def shapes(frame: int) -> None:
        session.show_analysis(answers[frame % 2], session.revision)

    def edit(frame: int) -> None:
        session.push(Move("b7", (560.0 + 4 * (frame % 2), 0.0)), "move", "bench")

    for name, change in (("shapes arrive", shapes), ("edit", edit)):
        yield Line(f"canvas_1000 {name}", frame_seconds(canvas, change), None, None, FRAME)


def canvas_5000(small: bool) -> Iterator[Line]:
    """5,000 blocks: all in view, a zoom step, a pan step, a step of dragging 500."""
    canvas = canvas_of(mixed_chain(60 if small else 5000))
    canvas.session.show_analysis(analysis_of(canvas.session.document, 16), canvas.session.revision)
    blocks = [block.id for block in canvas.session.document.graph.blocks][: 6 if small else 500]
    canvas.fit()
    yield Line("canvas_5000 all", frame_seconds(canvas, lambda _: None), None, None, FRAME)
    middle = QPointF(SIZE[0] / 2, SIZE[1] / 2)
    zoom = frame_seconds(canvas, lambda frame: canvas.set_view(canvas.view.zoomed((1.2, 1 / 1.2)[frame % 2], middle)))
    yield Line("canvas_5000 zoom", zoom, None, None, FRAME)
    pan = frame_seconds(canvas, lambda frame: canvas.set_view(canvas.view.panned((13.0, -13.0)[frame % 2], 3.0)))
    yield Line("canvas_5000 pan", pan, None, None, FRAME)
    drag = frame_seconds(canvas, lambda frame: canvas.show_shifted(blocks, 4.0 * frame, 2.0))
    yield Line("canvas_5000 drag 500", drag, None, None, FRAME)


def canvas_of(document: Document) -> Canvas:
    """A canvas that is shown and has painted once."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication.instance() or QApplication([])
    session = EditorSession()
    session._put(document, None)
    canvas = Canvas(session, ThemeHolder())
    canvas.resize(*SIZE)
    canvas.show()
    canvas.repaint()
    app.processEvents()
    return canvas


def analysis_of(document: Document, units: int) -> Analysis:
    """Shapes for every block, as the worker would send them."""
    spec = TensorSpec((None, None, units), "float32", mask=False, time="T")
    known = BlockAnalysis(outputs={"output": spec}, parameters=units)
    blocks = {block.id: known for block in document.graph.blocks}
    return replace(Analysis(complete=True, blocks=blocks), outputs=())


def frame_seconds(canvas: Canvas, change: Callable[[int], object]) -> float:
    """The CPU time of a change and the frame that shows it: the median of several."""
    times: list[float] = []
    for frame in range(FRAMES + 1):
        start = time.process_time()
        change(frame)
        canvas.repaint()
        times.append(time.process_time() - start)
    return statistics.median(times[1:])
