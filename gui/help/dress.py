"""How a page looks: Qt reads the Markdown, this gives it fonts, colours and air."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextFrame,
    QTextFrameFormat,
    QTextLength,
    QTextTable,
)

from gui.theme.measures import MONO_FAMILIES, ui_font
from gui.theme.theme import Theme

BODY = 13
HEADINGS = {1: 20, 2: 15, 3: 13}
LINE_PERCENT = 140.0
CELL_PADDING = 5.0
PICTURE = "\ufffc"
PERCENT = QTextLength.Type.PercentageLength
WIDTHS = {4: (20, 30, 20, 30)}
"""Of the columns of a table by their number, in percent; others take what their contents need."""


def dress(document: QTextDocument, theme: Theme, text_scale: float) -> None:
    """Formats a document that was read from Markdown; sizes are pixels at 100 %."""
    document.setDefaultFont(ui_font(round(BODY * text_scale)))
    whole = QTextCursor(document)
    whole.beginEditBlock()  # laid out once, at the end
    tables = list(tables_of(document.rootFrame()))
    inside = [(table.firstPosition(), table.lastPosition()) for table in tables]
    block = document.begin()
    while block.isValid():
        in_table = any(first <= block.position() <= last for first, last in inside)
        _dress_block(block, in_table, text_scale)
        block = block.next()
    for table in tables:
        _dress_table(table, theme)
    whole.endEditBlock()


def tables_of(frame: QTextFrame) -> Iterator[QTextTable]:
    """The tables in a frame, at any depth."""
    for child in frame.childFrames():
        if isinstance(child, QTextTable):
            yield child
        yield from tables_of(child)


def _dress_block(block: QTextBlock, in_table: bool, text_scale: float) -> None:
    known = block.blockFormat()
    level = known.headingLevel()
    cursor = QTextCursor(block)
    if not in_table:
        form = QTextBlockFormat()
        if not block.text().startswith(PICTURE):
            form.setLineHeight(LINE_PERCENT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        form.setTopMargin(0 if level < 2 else 16)
        form.setBottomMargin(6 if level else 3 if block.textList() is not None else 9)
        cursor.mergeBlockFormat(form)
    if level:
        _dress_heading(block, round(HEADINGS.get(level, BODY) * text_scale))
        return
    for start, length in list(_code(block)):
        cursor.setPosition(start)
        cursor.setPosition(start + length, QTextCursor.MoveMode.KeepAnchor)
        form = QTextCharFormat()
        form.setFontFamilies(MONO_FAMILIES)
        form.setProperty(QTextFormat.Property.FontPixelSize, round((BODY - 1) * text_scale))
        cursor.mergeCharFormat(form)


def _code(block: QTextBlock) -> Iterator[tuple[int, int]]:
    """Start and length of what stands in the letters of code; the rest has the colours of the palette."""
    place = block.begin()
    while not place.atEnd():
        fragment = place.fragment()
        if fragment.charFormat().fontFixedPitch():
            yield fragment.position(), fragment.length()
        place += 1


def _dress_heading(block: QTextBlock, size_px: int) -> None:
    cursor = QTextCursor(block)
    cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
    form = QTextCharFormat()
    form.setFont(ui_font(size_px, semibold=True))
    cursor.setCharFormat(form)


def _dress_table(table: QTextTable, theme: Theme) -> None:
    form = table.format()
    form.setCellPadding(CELL_PADDING)
    form.setCellSpacing(0)
    form.setBorder(1)
    form.setBorderCollapse(True)
    form.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
    form.setBorderBrush(QBrush(QColor(theme.line)))
    form.setTopMargin(2)
    form.setBottomMargin(12)
    form.setWidth(QTextLength(PERCENT, 100))
    if table.columns() in WIDTHS:
        form.setColumnWidthConstraints([QTextLength(PERCENT, width) for width in WIDTHS[table.columns()]])
    table.setFormat(form)
    if not any(table.cellAt(0, column).firstCursorPosition().block().text() for column in range(table.columns())):
        table.removeRows(0, 1)  # Markdown has no table without heads
        return
    for column in range(table.columns()):
        cursor = table.cellAt(0, column).firstCursorPosition()
        cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
        head = QTextCharFormat()
        head.setForeground(QColor(theme.secondary))
        head.setFontWeight(QFont.Weight.Normal)
        cursor.mergeCharFormat(head)
