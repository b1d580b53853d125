"""Qt as it is installed: the faults that were met, kept away."""

from __future__ import annotations

import sys

from PySide6.QtGui import QImage, QPainter, QPen
from pytestqt.qtbot import QtBot


def test_void_calls_lose_no_reference_to_none(qtbot: QtBot) -> None:
    """PySide6 6.12.0 on Python 3.11 loses one per call and kills the process within seconds of painting."""
    image = QImage(4, 4, QImage.Format.Format_ARGB32)
    pen = QPen()
    with QPainter(image) as painter:
        painter.setPen(pen)
        before = sys.getrefcount(None)
        for _ in range(1000):
            painter.setPen(pen)
        lost = before - sys.getrefcount(None)
    assert abs(lost) < 100
