"""Logs beside the settings: what a person never has to read, for whoever mends it."""

from __future__ import annotations

import logging

from engine.setup.places import log_folder

LARGEST_BYTES = 1 << 20


def log_to_file(logger: logging.Logger, name: str) -> None:
    """Sends a logger's records to `NAME.log`, kept small; where no file can be written they are dropped."""
    from logging.handlers import RotatingFileHandler  # ten milliseconds, not before the first paint

    folder = log_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = RotatingFileHandler(
            folder / f"{name}.log", maxBytes=LARGEST_BYTES, backupCount=2, encoding="utf-8", delay=True
        )
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logger.addHandler(handler)
    logger.propagate = False
