"""Colour never carries a meaning alone: what is left without colour, and for the colour-blind."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from engine.analysis.values import Analysis, Diagnostic
from gui.canvas.canvas import Canvas
from gui.canvas.pictogram import paint_pictogram
from gui.canvas.scene import DOT_AT, DOT_RADIUS
from gui.canvas.view import View
from gui.session.lengths import WireLengths
from gui.session.session import EditorSession
from gui.theme.theme import DARK, LIGHT, Theme, ThemeHolder
from tests.documents import chain

PROTAN = np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]])
DEUTAN = np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]])
"""Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB."""


def linear(colour: str) -> np.ndarray:
    """Of `#rrggbb`."""
    parts = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def distance(one: str, other: str, sight: np.ndarray) -> float:
    """How far two colours lie apart for a kind of sight, in gamma-coded RGB of 0 to 1."""
    seen = [np.clip(sight @ linear(colour), 0, 1) ** (1 / 2.2) for colour in (one, other)]
    return float(np.linalg.norm(seen[0] - seen[1]))


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("sight", [PROTAN, DEUTAN], ids=["protan", "deutan"])
def test_lines_of_units_differ_for_the_colour_blind(theme: Theme, sight: np.ndarray) -> None:
    """The three that are drawn at first."""
    for one, other in combinations(theme.units[:3], 2):
        assert distance(one, other, sight) > 0.1, (one, other)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_valid_masked_and_unmasked_steps_differ_in_grey(theme: Theme, qtbot: QtBot) -> None:
    """Valid is solid, padding under a mask hatched, padding that nothing masks an open outline."""

    def inside(*, valid: bool, masked: bool) -> np.ndarray:
        """Grey values within the bar of the first sequence."""
        image = QImage(240, 60, QImage.Format.Format_RGB32)
        image.fill(QColor(theme.canvas))
        with QPainter(image) as painter:
            rows = np.full((3, 4), valid)
            paint_pictogram(painter, QRectF(0, 0, 240, 60), WireLengths(rows, masked=masked), theme)
        grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
        return np.array([[grey.pixelColor(x, y).value() for x in range(20, 200)] for y in range(5, 14)])

    solid, hatched = inside(valid=True, masked=True), inside(valid=False, masked=True)
    outline = inside(valid=False, masked=False)
    ground = QColor(theme.canvas).value()
    assert solid.std() < 1
    assert abs(float(solid.mean()) - ground) > 40
    assert hatched.std() > 8
    assert outline.std() < 1
    assert abs(float(outline.mean()) - ground) < 10


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_the_dots_of_errors_and_warnings_differ_in_grey(theme: Theme, qtbot: QtBot) -> None:
    """By the sign in them, a cross and an exclamation mark; and only what is an error has a ring."""
    session = EditorSession()
    layout = {"b1": (40.0, 60.0), "b2": (300.0, 60.0), "b3": (560.0, 60.0)}
    session._put(replace(chain([("LSTM", {"units": 4}), ("Dense", {"units": 1})], 3), layout=layout), None)
    canvas = Canvas(session, ThemeHolder(theme))
    qtbot.addWidget(canvas)
    canvas.resize(900, 300)
    canvas.grab()
    session.analysis = Analysis(
        complete=True,
        diagnostics=(
            Diagnostic("shape.ndim", "error", "connect", "b2", "wrong"),
            Diagnostic("mask.dropped", "warning", "connect", "b3", "lost"),
        ),
    )
    session.analysis_changed.emit(session.analysis)
    canvas.problems.fold()
    canvas.set_view(View(4.0, -1000.0, -200.0))

    def grey(block: str, reach: float) -> np.ndarray:
        """What is painted about the dot of a block, 4 times as large as at rest."""
        corner = canvas.block_rect(block).topLeft()
        canvas.set_view(canvas.view.panned(200.0 - corner.x(), 100.0 - corner.y()))
        image = canvas.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
        x, y = (round(at + DOT_AT * 4) for at in (200, 100))
        size = round(DOT_RADIUS * 4 * reach)
        return np.array(
            [[image.pixelColor(x + dx, y + dy).value() for dx in range(-size, size)] for dy in range(-size, size)]
        )

    signs = [grey(block, 0.6) for block in ("b2", "b3")]
    for sign in signs:
        assert sign.std() > 15, "there is a sign"
    cross, mark = ((sign > sign.min() / 2 + sign.max() / 2) for sign in signs)
    assert np.mean(cross != mark) > 0.1
    assert grey("b2", 2.0).std() != pytest.approx(grey("b3", 2.0).std(), abs=1), "a ring"
