"""Python's own `import` again once Qt is there: PySide's reads the source of every module for its `__feature__`.

Nothing here or in what is used here wants `__feature__`; the reading costs a tenth of the start.
"""

from __future__ import annotations

import builtins

import PySide6.QtWidgets  # noqa: F401  # pyright: ignore[reportUnusedImport]  # puts its own import in

builtins.__import__ = getattr(builtins, "__orig_import__", builtins.__import__)
