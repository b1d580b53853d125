"""About: versions and licences, of SeqLoom and of what it is built with."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata

from PySide6.QtCore import Qt, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from engine.setup.version import VERSION
from gui.theme.theme import Theme

PACKAGES = (
    ("tensorflow", "the models that really run"), ("keras", "layers, shapes and masks"), ("numpy", "arrays"),
    ("PySide6-Essentials", "Qt for Python"), ("pyqtgraph", "plots"), ("h5py", "weights in files"),
    ("Pygments", "colours of code"), ("rapidfuzz", "forgiving search"),
    ("scikit-learn", "main directions and clusters of units"),
)  # fmt: skip
QT_LICENCE = "LGPL-3.0"


@dataclass(frozen=True)
class Part:
    """Something SeqLoom is built with.

    Attributes:
        version: empty: it is not installed.
    """

    name: str
    version: str
    licence: str
    does: str


def parts() -> Iterator[Part]:
    """What is installed, from the packages' own descriptions; Qt and PySide6 are used under one of their licences."""
    yield Part("Python", platform.python_version(), "PSF-2.0", "the language")
    yield Part("Qt", qVersion(), QT_LICENCE, "the window")
    for name, does in PACKAGES:
        try:
            said = metadata(name)
        except PackageNotFoundError:
            yield Part(name, "", "", does)
            continue
        licence = QT_LICENCE if name.startswith("PySide6") else _licence(said)
        yield Part(name, said["Version"], licence, does)


def _licence(said: PackageMetadata) -> str:
    """A licence as a package says it: an expression, else a line, else its classifier."""
    for key in ("License-Expression", "License"):
        line = (said[key] or "").strip() if key in said else ""
        if line and len(line) <= 60:
            return line
    classifiers = [value for value in said.get_all("Classifier") or [] if value.startswith("License ::")]
    return classifiers[-1].rpartition(":: ")[2] if classifiers else "see its package"


def versions_text() -> str:
    """Versions for a report of a mistake, a line each."""
    lines = [f"SeqLoom {VERSION}", *(f"{part.name} {part.version}" for part in parts() if part.version)]
    return "\n".join([*lines, platform.platform()])


class AboutDialog(QDialog):
    """Versions, licences, the source of the example data."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("About SeqLoom")
        self.text = QLabel(_text(theme), wordWrap=True, textFormat=Qt.TextFormat.RichText)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
        self.text.setAccessibleName("Versions and licences")
        self.text.setMinimumWidth(620)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.copy = buttons.addButton("Copy the versions", QDialogButtonBox.ButtonRole.ActionRole)
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(versions_text()))
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 16)
        layout.setSpacing(14)
        layout.addWidget(self.text)
        layout.addWidget(buttons)


def _text(theme: Theme) -> str:
    rows = "".join(
        f'<tr><td>{part.name}</td><td style="padding-left:18px">{part.version or "not installed"}</td>'
        f'<td style="padding-left:18px">{part.licence}</td>'
        f'<td style="padding-left:18px; color:{theme.secondary}">{part.does}</td></tr>'
        for part in parts()
    )
    return (
        f'<p style="font-size:20px; font-weight:600; margin:0">SeqLoom {VERSION}</p>'
        "<p>Build a Keras sequence model out of blocks and see time.</p>"
        "<p>SeqLoom is free software under the MIT licence. Qt and PySide6 are used under the LGPLv3, from "
        "unmodified packages; they can be replaced by other versions of theirs.<br></p>"
        f"<table cellspacing='0' cellpadding='2'>{rows}</table>"
        "<p>Example data: <i>Japanese Vowels</i>, M. Kudo, J. Toyama, M. Shimbo, UCI Machine Learning Repository, "
        "CC BY 4.0; values unchanged, packed anew.</p>"
    )
