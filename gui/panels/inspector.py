"""The inspector: a form made from the catalog, what the block does to time, and its cost."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QScrollArea, QToolButton, QVBoxLayout, QWidget

from engine.analysis.values import BlockAnalysis, TensorSpec, spoken_time
from engine.catalog.arguments import nested_layer
from engine.catalog.ports import reused_block
from engine.catalog.spec import ArgumentSpec, LayerSpec, short_type
from engine.document.edits import Rename, SetArgument, UnsetArgument
from engine.graph.values import INPUT, REUSE, Block, Json, JsonObject
from gui.panels.editors import make_editor
from gui.session.session import EditorSession
from gui.theme.measures import MONO_FAMILIES
from gui.theme.theme import ThemeHolder
from gui.widgets.fields import Choice, ElidedLabel

USUAL = frozenset({
    "units", "return_sequences", "return_state", "go_backwards", "activation", "recurrent_activation", "dropout", "layer",
    "cell", "merge_mode", "mask_value", "input_dim", "output_dim", "mask_zero", "filters", "kernel_size", "strides",
    "padding", "dilation_rate", "pool_size", "rate", "n", "axis", "num_heads", "key_dim", "use_scale", "score_mode", "shape",
    "dtype", "target_shape", "dims", "of", "size", "epsilon", "axes", "cropping", "batch_shape", "scale", "offset",
})  # fmt: skip
INNER = ("LSTM", "GRU", "SimpleRNN", "Dense", "Conv1D", "Dropout", "LayerNormalization", "Flatten", "Bidirectional")
RECURRENT_INNER = ("LSTM", "GRU", "SimpleRNN")
CELLS = ("LSTMCell", "GRUCell", "SimpleRNNCell")
FATES = {
    "none": "no mask here", "created": "makes the mask", "passed": "passes the mask on",
    "dropped": "loses the mask", "consumed": "uses the mask, which ends here",
}  # fmt: skip
NOTHING = "Select a block to see and change its arguments, what it does to time, and what it costs."


class Inspector(QWidget):
    """The form of the selected block."""

    def __init__(self, session: EditorSession, themes: ThemeHolder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._session, self._themes = session, themes
        self._shown: tuple[object, ...] = ()
        self._facts: QLabel | None = None
        self.complaint = QLabel(wordWrap=True)
        self.complaint.setObjectName("complaint")
        self.area = QScrollArea()
        self.area.setAccessibleName("Arguments and facts")
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.area)
        session.selection_changed.connect(lambda _: self.refresh())
        session.document_changed.connect(lambda _: self.refresh())
        session.analysis_changed.connect(lambda _: self._show_facts())
        themes.theme_changed.connect(lambda _: self.refresh(anew=True))
        self.refresh()

    def refresh(self, *, anew: bool = False) -> None:
        """Shows the selected block; the form is made anew only where its content changed."""
        block_id = self._session.selection.block
        block = self._session.document.graph.by_id.get(block_id)
        shown = (block.id, block.type, block.name, dict(block.arguments)) if block is not None else ()
        if shown == self._shown and self.area.widget() is not None and not anew:
            return
        place = self.area.verticalScrollBar().value() if shown[:1] == self._shown[:1] else 0
        focused = self._focused_name() if shown[:1] == self._shown[:1] else ""
        self._shown = shown
        body = QWidget()
        form = QVBoxLayout(body)
        form.setContentsMargins(14, 12, 14, 12)
        form.setSpacing(6)
        self._facts = None
        if block is None:
            form.addWidget(self._empty())
        else:
            self._build(block, form)
        form.addStretch(1)
        old = self.area.takeWidget()  # it may be the editor of the edit that is shown now: it outlives its event
        if old is not None:
            old.hide()
            old.deleteLater()
        self.area.setWidget(body)
        self.area.verticalScrollBar().setValue(place)
        for editor in body.findChildren(QWidget):
            if focused and editor.accessibleName() == focused:
                editor.setFocus()
        self._show_facts()

    def _focused_name(self) -> str:
        focused = self.area.focusWidget()
        return focused.accessibleName() if focused is not None and focused.hasFocus() else ""

    def _empty(self) -> QLabel:
        label = QLabel(NOTHING, wordWrap=True)
        label.setObjectName("secondary")
        return label

    def _build(self, block: Block, form: QVBoxLayout) -> None:
        spec = self._session.catalog.layers.get(block.type)
        form.addLayout(self._head(block))
        doc = QLabel(
            (spec.doc if spec else "A layer that this Keras does not know; its arguments are kept."), wordWrap=True
        )
        doc.setObjectName("secondary")
        form.addWidget(doc)
        if spec is not None and block.type != REUSE:
            self._add_arguments(form, block, spec, block.arguments, "")
        elif block.type == REUSE:
            owner = reused_block(block, self._session.document.graph)
            form.addWidget(QLabel(f"calls {owner.name if owner else 'a block that is not there'} again", wordWrap=True))
        self.complaint = QLabel(wordWrap=True)
        self.complaint.setObjectName("complaint")
        self.complaint.hide()
        form.addWidget(self.complaint)
        form.addWidget(_rule())
        self._facts = QLabel(wordWrap=True, textFormat=Qt.TextFormat.RichText)
        self._facts.setAccessibleName("What it does to time, and what it costs")
        form.addWidget(self._facts)

    def _head(self, block: Block) -> QHBoxLayout:
        row = QHBoxLayout()
        name = QLineEdit(block.name)
        name.setAccessibleName("Name")
        name.setStyleSheet(
            "font-size: 15px; font-weight: 600; border-color: transparent; background: transparent; padding-left: 0;"
        )
        name.setToolTip("The block's name; type to change it")
        name.editingFinished.connect(lambda: self._rename(block, name.text()))
        badge = QLabel(short_type(block.type))
        badge.setObjectName("badge")
        layers = self._session.catalog.layers
        if block.type in layers:
            badge.setStyleSheet(f"color: {self._themes.theme.category[layers[block.type].category]};")
        row.addWidget(name, 1)
        row.addWidget(badge)
        return row

    def _rename(self, block: Block, name: str) -> None:
        if name.strip() != block.name:
            self._session.push(Rename(block.id, name), f"rename {block.name} to {name.strip()}")

    # --- arguments -----------------------------------------------------------------------------------------------

    def _add_arguments(
        self, form: QVBoxLayout, block: Block, spec: LayerSpec, arguments: JsonObject, path: str
    ) -> None:
        rare: list[ArgumentSpec] = []
        for argument in spec.arguments:
            if argument.name in USUAL and not argument.base or argument.required or argument.name in arguments:
                self._add_row(form, block, argument, arguments, path)
            else:
                rare.append(argument)
        if rare:
            self._add_folded(form, block, rare, arguments, path)

    def _add_folded(
        self, form: QVBoxLayout, block: Block, rare: list[ArgumentSpec], arguments: JsonObject, path: str
    ) -> None:
        inner = QWidget()
        rows = QVBoxLayout(inner)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(6)
        button = QToolButton()
        button.setObjectName("flat")
        button.setText(f"▸ {len(rare)} more arguments")

        def toggle() -> None:
            if not rows.count():
                for argument in rare:
                    self._add_row(rows, block, argument, arguments, path)
            inner.setVisible(inner.isHidden())
            button.setText(f"{'▸' if inner.isHidden() else '▾'} {len(rare)} more arguments")

        button.clicked.connect(toggle)
        inner.hide()
        form.addWidget(button)
        form.addWidget(inner)

    def _add_row(
        self, form: QVBoxLayout, block: Block, argument: ArgumentSpec, arguments: JsonObject, path: str
    ) -> None:
        whole = path + argument.name
        changed = argument.name in arguments
        value = arguments.get(argument.name, argument.default)
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self._dot(block, argument, whole, changed=changed))
        name = ElidedLabel(argument.name)
        name.setStyleSheet("font-weight: 600;" if changed else "")
        row.addWidget(name, 1)
        form.addLayout(row)
        if argument.kind in ("layer", "cell"):
            self._add_nested(form, row, block, argument, value, whole)
            return
        editor = make_editor(
            argument,
            value,
            partial(self._change, block, argument, whole),
            partial(self._complain, f"{argument.name} "),
        )
        if argument.kind != "bool" or argument.optional:
            editor.setFixedWidth(118)
        row.addWidget(editor)

    def _dot(self, block: Block, argument: ArgumentSpec, path: str, *, changed: bool) -> QToolButton:
        dot = QToolButton()
        dot.setObjectName("flat")
        dot.setFixedWidth(14)
        dot.setText("•" if changed else "")
        dot.setStyleSheet(f"color: {self._themes.theme.accent}; padding: 0;")
        dot.setEnabled(changed and not argument.required)
        dot.setAccessibleName(f"Reset {argument.name}")
        dot.setFocusPolicy(Qt.FocusPolicy.TabFocus if dot.isEnabled() else Qt.FocusPolicy.NoFocus)
        if dot.isEnabled():
            dot.setToolTip(f"Changed; click for Keras's default ({argument.default})")
            dot.clicked.connect(
                lambda: self._session.push(UnsetArgument(block.id, path), f"reset {argument.name} in {block.name}")
            )
        return dot

    def _add_nested(
        self, form: QVBoxLayout, row: QHBoxLayout, block: Block, argument: ArgumentSpec, value: Json, path: str
    ) -> None:
        nested = nested_layer(value)
        names = CELLS if argument.kind == "cell" else RECURRENT_INNER if block.type == "Bidirectional" else INNER
        box = Choice()
        box.setAccessibleName(argument.name)
        known = [*names, *([nested[0]] if nested and nested[0] not in names else [])]
        box.addItems([*([] if argument.required else ["none"]), *known])
        box.setCurrentText(nested[0] if nested else "none")
        box.setFixedWidth(118)
        box.textActivated.connect(partial(self._change_nested, block, path, nested))
        row.addWidget(box)
        spec = self._session.catalog.layers.get(nested[0]) if nested else None
        if nested is None or spec is None:
            return
        frame = QFrame()
        inner = QVBoxLayout(frame)
        inner.setContentsMargins(12, 2, 0, 4)
        inner.setSpacing(6)
        self._add_arguments(inner, block, spec, nested[1], f"{path}.arguments.")
        form.addWidget(frame)

    def _change_nested(self, block: Block, path: str, nested: tuple[str, JsonObject] | None, type_name: str) -> None:
        if type_name == "none":
            self._session.push(UnsetArgument(block.id, path), f"remove {path} of {block.name}")
            return
        fresh = dict(self._session.building.new_block(type_name).arguments)
        spec = self._session.catalog.layers[type_name]
        kept = {name: value for name, value in (nested[1] if nested else {}).items() if spec.argument(name)}
        value: Mapping[str, Json] = {"type": type_name, "arguments": {**fresh, **kept}}
        self._session.push(SetArgument(block.id, path, value), f"make {block.name} a {type_name}")

    def _change(self, block: Block, argument: ArgumentSpec, path: str, value: Json) -> None:
        if value == argument.default and not argument.required:
            self._session.push(UnsetArgument(block.id, path), f"reset {argument.name} in {block.name}")
            return
        if isinstance(value, bool):
            text = f"turn {'on' if value else 'off'} {argument.name} in {block.name}"
        else:
            text = f"set {argument.name} in {block.name}"
        self._session.push(SetArgument(block.id, path, value), text)

    def _complain(self, start: str, complaint: str) -> None:
        self.complaint.setVisible(bool(complaint))
        self.complaint.setText(f"{start}{complaint}; the model keeps the value it had." if complaint else "")

    # --- facts ---------------------------------------------------------------------------------------------------

    def _show_facts(self) -> None:
        block_id = self._session.selection.block
        if self._facts is None or block_id not in self._session.document.graph:
            return
        known = self._session.analysis.blocks.get(block_id)
        block = self._session.document.block(block_id)
        self._facts.setText(self._facts_text(block, known))

    def _facts_text(self, block: Block, known: BlockAnalysis | None) -> str:
        theme = self._themes.theme
        head = f'<p style="color:{theme.secondary}; font-size:11px; margin:6px 0 4px 0"><b>{{}}</b></p>'
        if known is None or (not self._session.analysis.complete and known.outputs is None):
            return head.format("What it does to time") + "Keras has not answered yet."
        rows: list[tuple[str, str]] = []
        for name, spec in known.inputs.items():
            for one in spec if isinstance(spec, tuple) else (spec,):
                rows.append(("arrives" if len(known.inputs) == 1 else name, _spec_text(one)))
        if known.outputs is None:
            rows.append(("leaves", "not known: an error stands in the way"))
        else:
            rows += [("leaves" if len(known.outputs) == 1 else n, _spec_text(s)) for n, s in known.outputs.items()]
            lengths = {spoken_time(spec.time) for spec in known.outputs.values() if spec.time}
            rows.append(("length", ", ".join(sorted(lengths)) if lengths else "no time axis leaves"))
            rows.append(("mask", FATES[known.mask]))
        cost = [("parameters", "not known" if known.parameters is None else f"{known.parameters:,}")]
        cost += [(name, "×".join(map(str, shape)) or "1") for name, shape in known.weights]
        text = head.format("What it does to time") + _table(rows, theme.secondary)
        return text + head.format("Cost") + _table(cost, theme.secondary) if block.type != INPUT else text


def _spec_text(spec: TensorSpec) -> str:
    return f"{spec.text()} {spec.dtype if spec.dtype != 'float32' else ''} {'masked' if spec.mask else ''}".strip()


def _table(rows: list[tuple[str, str]], colour: str) -> str:
    mono = ", ".join(MONO_FAMILIES)
    cells = "".join(
        f'<tr><td style="color:{colour}; padding-right:10px">{escape(name)}</td>'
        f'<td align="right" style="font-family:{mono}">{escape(value)}</td></tr>'
        for name, value in rows
    )
    return f'<table width="100%" cellspacing="0" cellpadding="2" style="font-size:12px">{cells}</table>'


def _rule() -> QFrame:
    line = QFrame()
    line.setObjectName("rule")
    return line
