"""Keras and TensorFlow, imported in an environment of our own making.

Every module of `engine.runtime` takes `keras` and `tensorflow` from here, so that the environment is prepared before
either is imported, whichever module comes first:

    from engine.runtime.environment import keras, tensorflow
"""

from __future__ import annotations

import importlib
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

ENVIRONMENT = {
    "KERAS_BACKEND": "tensorflow",
    "TF_USE_LEGACY_KERAS": "0",
    "TF_FORCE_GPU_ALLOW_GROWTH": "true",  # else the first run takes the whole GPU from everybody else
    # oneDNN's allocator gives nothing back to the system: after a large run four times its states stay in memory.
    # Without it recurrent layers take as long, convolutions 1.2 times.
    "TF_ENABLE_ONEDNN_OPTS": "0",
}
LOG_LEVEL = "TF_CPP_MIN_LOG_LEVEL"  # `--verbose` sets its own before this module is imported


def _load() -> tuple[Any, Any]:
    """Imports TensorFlow and Keras with our settings, none of the user's.

    Keras reads (and writes) `keras.json` in KERAS_HOME while it is imported: it is given an empty folder for that
    moment, so that a `~/.keras` with another backend or floatx changes nothing and is not touched.
    """
    os.environ.update(ENVIRONMENT)
    os.environ.setdefault(LOG_LEVEL, "3")
    _forbid_core_dumps()
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    user_home = os.environ.get("KERAS_HOME")
    home = tempfile.mkdtemp(prefix="seqloom-keras-")
    os.environ["KERAS_HOME"] = home
    try:
        with _silenced_standard_error():
            tensorflow = importlib.import_module("tensorflow")
            keras = importlib.import_module("keras")
    finally:
        shutil.rmtree(home, ignore_errors=True)
        if user_home is None:
            del os.environ["KERAS_HOME"]
        else:
            os.environ["KERAS_HOME"] = user_home
    _settle(keras)
    return keras, tensorflow


def _settle(keras: Any) -> None:
    keras.config.set_floatx("float32")
    keras.config.set_epsilon(1e-7)
    keras.config.set_image_data_format("channels_last")
    keras.config.disable_interactive_logging()
    keras.config.disable_traceback_filtering()  # filtering appends a dump of the arguments to Keras's messages
    absl_logging = sys.modules.get("absl.logging")
    if absl_logging is not None:
        absl_logging.set_verbosity(absl_logging.ERROR)


@contextmanager
def _silenced_standard_error() -> Iterator[None]:
    """Closes TensorFlow's mouth while it is imported: it writes to file descriptor 2 before its log level counts."""
    if os.environ[LOG_LEVEL] != "3":
        yield
        return
    kept = os.dup(2)
    silence = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(silence, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(silence)
        os.close(kept)


def _forbid_core_dumps() -> None:
    """A worker that crashes must not fill the disk (there is no such limit on Windows)."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


keras, tensorflow = _load()
