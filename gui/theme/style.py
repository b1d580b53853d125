"""The style sheet of a theme: panels, fields, buttons, tabs; one accent colour, grey for the rest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gui.theme.measures import MONO_FAMILIES

if TYPE_CHECKING:
    from gui.theme.theme import Theme

ICONS = Path(__file__).resolve().parents[2] / "resources" / "icons"


def _icon(theme: Theme, name: str) -> str:
    return (ICONS / f"{name}-{theme.name}.svg").as_posix()


def stylesheet(theme: Theme, text_scale: float = 1.0) -> str:
    """Qt's style sheet in the theme's colours, its texts larger or smaller by a factor."""
    t = theme
    small, tiny, large = (f"{round(size * text_scale)}px" for size in (12, 11, 15))
    mono = ", ".join(f'"{family}"' for family in MONO_FAMILIES)
    return f"""
QMainWindow, QMenuBar, QStatusBar {{ background: {t.window}; color: {t.text}; }}
QMenuBar::item {{ padding: 6px 10px; background: transparent; color: {t.secondary}; }}
QMenuBar::item:selected {{ background: {t.line}; color: {t.text}; border-radius: 4px; }}
QMenu {{ background: {t.panel}; color: {t.text}; border: 1px solid {t.line}; padding: 4px; }}
QMenu::item {{ padding: 5px 28px 5px 12px; border-radius: 4px; }}
QMenu::item:selected {{ background: {t.accent}; color: {t.accent_text}; }}
QMenu::item:disabled {{ color: {t.faint}; background: transparent; }}
QMenu::separator {{ height: 1px; background: {t.line}; margin: 4px 8px; }}
QToolBar {{ background: {t.panel}; border: 0; border-bottom: 1px solid {t.line}; spacing: 8px; padding: 6px; }}
QToolBar QCheckBox {{ background: {t.window}; border: 1px solid {t.line}; border-radius: 6px; padding: 4px 9px; }}
QToolBar QCheckBox:focus {{ border: 2px solid {t.accent}; border-radius: 6px; padding: 3px 8px; }}
QToolBar QToolButton#flat {{ padding: 4px 2px; }}
QToolBar QToolButton#flat:focus {{ padding: 2px 0; }}
QToolTip {{ background: {t.panel}; color: {t.text}; border: 1px solid {t.line}; padding: 4px 6px; }}
QLabel#preview {{ background: {t.panel}; color: {t.text}; border: 1px solid {t.line}; border-left: 3px solid {t.accent};
  padding: 8px 10px; font-size: {small}; }}
QStatusBar {{ border-top: 1px solid {t.line}; }}
QStatusBar QLabel {{ color: {t.secondary}; font-size: {small}; padding: 3px 8px; }}
QStatusBar::item {{ border: 0; }}
QDockWidget {{ color: {t.text}; }}
QMainWindow::separator {{ background: {t.line}; width: 1px; height: 1px; }}
QMainWindow::separator:hover {{ background: {t.accent}; }}
QWidget#panel, QWidget#panel QScrollArea, QWidget#panel QScrollArea > QWidget > QWidget {{ background: {t.panel}; }}
QScrollArea {{ border: 0; }}
QLabel#title {{ font-size: {large}; font-weight: 600; color: {t.text}; }}
QLabel#strong {{ font-weight: 600; color: {t.text}; }}
QLabel#head {{ font-size: {tiny}; font-weight: 600; color: {t.secondary}; }}
QLabel#secondary, QLabel#hint {{ font-size: {small}; color: {t.secondary}; }}
QLabel#complaint {{ font-size: {small}; color: {t.error}; }}
QLabel#badge {{ border: 1px solid {t.line}; border-radius: 6px; padding: 2px 8px; font-size: {small}; }}
QLabel#fact {{ font-size: {small}; color: {t.text}; }}
QLabel#fact[tone="number"] {{ font-family: {mono}; }}
QLabel#fact[tone="good"] {{ color: {t.good}; }}
QLabel#fact[tone="warning"] {{ color: {t.warning}; }}
QLabel#fact[tone="quiet"] {{ color: {t.secondary}; }}
QLabel#fact[old="true"] {{ color: {t.faint}; }}
QLabel[changed="true"] {{ font-weight: 600; }}
QLineEdit#name {{ font-size: {large}; font-weight: 600; border-color: transparent; background: transparent;
  padding-left: 0; }}
QLineEdit#name:focus {{ border: 2px solid {t.accent}; padding-left: 4px; }}
QLineEdit[wrong="true"] {{ border: 1px solid {t.error}; }}
QToolButton#dot {{ background: transparent; border: 0; padding: 0; color: {t.accent}; font-weight: 600; }}
QToolButton#dot:hover {{ color: {t.text}; }}
QToolButton#dot:disabled {{ color: {t.accent}; }}
QToolButton#dot:focus {{ border: 1px solid {t.accent}; padding: 0; border-radius: 4px; }}
QToolButton#fold {{ background: transparent; border: 0; color: {t.secondary}; padding: 2px 0; font-size: {small}; }}
QToolButton#fold:hover {{ color: {t.text}; }}
QToolButton#fold:focus {{ border: 2px solid {t.accent}; padding: 0; border-radius: 6px; }}
QFrame#rule {{ background: {t.line}; max-height: 1px; min-height: 1px; border: 0; }}
QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox, QPlainTextEdit {{
  background: {t.window}; color: {t.text}; border: 1px solid {t.line}; border-radius: 6px; padding: 3px 8px;
  selection-background-color: {t.accent}; selection-color: {t.accent_text}; }}
QLineEdit {{ placeholder-text-color: {t.faint}; }}
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus {{
  border: 2px solid {t.accent}; }}
QComboBox::drop-down {{ border: 0; width: 18px; }}
QComboBox::down-arrow {{ image: url("{_icon(t, "down")}"); width: 10px; height: 10px; }}
QSpinBox {{ padding: 3px 4px; }}
QSpinBox::up-button, QSpinBox::down-button {{ width: 0; height: 0; border: 0; }}
QSpinBox QLineEdit, QComboBox QLineEdit {{ border: 0; padding: 0; background: transparent; }}
QSpinBox QLineEdit:focus, QComboBox QLineEdit:focus {{ border: 0; padding: 0; }}
QComboBox QAbstractItemView {{ background: {t.panel}; color: {t.text}; border: 1px solid {t.line};
  selection-background-color: {t.accent}; selection-color: {t.accent_text}; }}
QPushButton, QToolButton {{ background: {t.window}; color: {t.text}; border: 1px solid {t.line};
  border-radius: 6px; padding: 4px 10px; }}
QPushButton:hover, QToolButton:hover {{ border-color: {t.secondary}; }}
QPushButton:focus, QToolButton:focus {{ border: 2px solid {t.accent}; padding: 3px 9px; }}
QPushButton:disabled, QToolButton:disabled {{ color: {t.faint}; }}
QPushButton#primary, QToolButton#primary {{ background: {t.accent}; color: {t.accent_text}; border-color: {t.accent};
  font-weight: 600; }}
QPushButton#primary:focus {{ border: 2px solid {t.text}; }}
QToolButton#flat {{ background: transparent; border: 0; color: {t.secondary}; padding: 4px 6px; }}
QToolButton#flat:hover {{ color: {t.text}; }}
QToolButton#flat:focus {{ border: 2px solid {t.accent}; padding: 2px 4px; border-radius: 6px; }}
QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
QToolButton::menu-indicator {{ image: none; }}
QCheckBox {{ color: {t.text}; spacing: 6px; }}
QCheckBox:focus {{ border: 2px solid {t.accent}; border-radius: 4px; }}
QTabBar {{ background: {t.panel}; }}
QTabBar::tab {{ background: transparent; color: {t.secondary}; padding: 8px 9px; border: 0;
  border-bottom: 2px solid transparent; }}
QTabBar::tab:selected {{ color: {t.text}; border-bottom: 2px solid {t.accent}; font-weight: 600; }}
QTabBar::tab:focus {{ color: {t.accent}; }}
QTabBar::scroller {{ width: 44px; }}
QTabBar QToolButton {{ padding: 0; border-radius: 0; border: 0; background: {t.panel}; }}
QTabBar QToolButton::left-arrow {{ image: url("{_icon(t, "left")}"); width: 12px; height: 12px; }}
QTabBar QToolButton::right-arrow {{ image: url("{_icon(t, "right")}"); width: 12px; height: 12px; }}
QFileDialog QToolButton {{ padding: 3px; }}
QFileDialog QToolButton:focus {{ padding: 2px; }}
QTabBar QLabel#errors, QTabBar QLabel#warnings {{ border-radius: 7px; padding: 0 5px; font-size: {tiny}; font-weight: 600;
  min-height: 14px; max-height: 14px; border: 1px solid {t.error}; }}
QTabBar QLabel#errors {{ background: {t.error}; color: {t.panel}; }}
QTabBar QLabel#warnings {{ background: transparent; color: {t.warning}; border-color: {t.warning}; }}
QWidget#clock QToolButton#flat {{ padding: 4px 3px; }}
QToolButton#flat::menu-button {{ border: 0; width: 16px; }}
QWidget#clock QToolButton#flat[popupMode="1"] {{ padding-right: 18px; }}
QToolButton#flat::menu-arrow {{ image: url("{_icon(t, "down")}"); width: 8px; height: 8px; }}
QToolButton#flat:disabled {{ color: {t.secondary}; }}
QComboBox#heading {{ background: transparent; border: 1px solid transparent; padding: 1px 4px; font-weight: 600; }}
QLineEdit#heading {{ background: transparent; border: 1px solid transparent; padding: 1px 4px; font-weight: 600; }}
QComboBox#heading:hover, QLineEdit#heading:hover {{ border-color: {t.line}; }}
QComboBox#heading:focus, QLineEdit#heading:focus {{ border: 1px solid {t.accent}; }}
QTabWidget::pane {{ border: 0; background: {t.panel}; }}
QWidget#bottom, QWidget#bottom QTabWidget, QWidget#view, QWidget#view QLabel,
QWidget#clock, QWidget#clock QLabel {{ background: {t.panel}; }}
QTreeWidget, QTreeView, QListView {{ background: {t.panel}; color: {t.text}; border: 0; outline: 0; }}
QTreeView::item {{ padding: 2px 2px; }}
QTreeView::item:hover {{ background: {t.window}; }}
QTreeView::item:selected {{ background: {t.window}; color: {t.text}; border-left: 2px solid {t.accent}; }}
QTreeView::item:selected:focus {{ background: {t.accent}; color: {t.accent_text}; }}
QTableView {{ background: {t.panel}; color: {t.text}; border: 0; outline: 0; gridline-color: {t.line};
  selection-background-color: {t.line}; selection-color: {t.text}; }}
QTextBrowser {{ background: {t.panel}; color: {t.text}; selection-background-color: {t.accent};
  selection-color: {t.accent_text}; }}
QTableView, QTextBrowser, QWidget#view QListView {{ border: 1px solid transparent; border-radius: 4px; }}
QTableView:focus, QWidget#view QListView:focus, QPlainTextEdit:focus, QTextBrowser:focus {{ border: 1px solid {t.accent}; }}
QAbstractScrollArea::corner {{ background: {t.panel}; border: 0; }}
QTableView QTableCornerButton::section {{ background: {t.panel}; border: 0; }}
QHeaderView {{ background: {t.panel}; border: 0; }}
QHeaderView::section {{ background: {t.panel}; color: {t.secondary}; border: 0; border-bottom: 1px solid {t.line};
  padding: 3px; font-size: 12px; font-weight: 400; }}
QHeaderView::section:hover {{ color: {t.text}; }}
QSplitter#plain::handle {{ background: transparent; image: none; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
QScrollBar::handle {{ background: {t.line}; border-radius: 4px; min-height: 24px; min-width: 24px; margin: 1px; }}
QScrollBar::handle:hover {{ background: {t.hatch}; }}
QScrollBar::handle:disabled {{ background: transparent; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QFrame#card {{ background: {t.panel}; border: 1px solid {t.error}; border-radius: 8px; }}
QFrame#card[severity="warning"] {{ border-color: {t.warning}; }}
QFrame#card[severity="info"] {{ border-color: {t.secondary}; }}
QFrame#notice {{ background: {t.panel}; border-bottom: 1px solid {t.line}; border-left: 3px solid {t.accent}; }}
QFrame#finder {{ background: {t.panel}; border: 1px solid {t.line}; border-radius: 8px; }}
QFrame#finder QTreeView::item:selected {{ background: {t.accent}; color: {t.accent_text}; }}
QWidget#bottom {{ background: {t.panel}; border-top: 1px solid {t.line}; }}
"""
