"""Devices as people name them; placement and fallback are tested on logical devices in `test_execute`."""

from __future__ import annotations

import pytest

from engine.runtime.devices import CPU, choose_device, device_names, fallback, is_cpu, tensorflow_name

pytestmark = pytest.mark.xdist_group("tensorflow")


@pytest.mark.parametrize("wanted", ["cpu", "CPU", "cpu:0", "/CPU:0", ""])
def test_every_way_to_say_cpu(wanted: str) -> None:
    """Chosen without a word."""
    chosen = choose_device(wanted)
    assert (chosen.name, chosen.tensorflow_name, chosen.diagnostic) == (CPU, "/CPU:0", None)
    assert is_cpu(chosen)


@pytest.mark.parametrize("wanted", ["gpu:99", "tpu:0", "quantum", "cpu:7"])
def test_what_is_not_there_is_the_cpu_with_a_sentence(wanted: str) -> None:
    """It names what was wanted and what there is."""
    chosen = choose_device(wanted)
    assert chosen.name == CPU
    assert chosen.diagnostic is not None
    assert (chosen.diagnostic.code, chosen.diagnostic.severity) == ("device.absent", "warning")
    assert wanted in chosen.diagnostic.title
    assert "cpu" in chosen.diagnostic.detail


def test_the_cpu_is_always_listed_first() -> None:
    """And names read back as TensorFlow's."""
    assert device_names()[0] == CPU
    assert tensorflow_name("gpu:1") == "/GPU:1"


def test_a_failure_without_words_is_named_by_its_kind() -> None:
    """The sentence never ends in nothing."""
    failed = fallback(choose_device("cpu"), MemoryError())
    assert failed.diagnostic is not None
    assert failed.diagnostic.code == "device.failed"
    assert failed.diagnostic.detail == "TensorFlow says: MemoryError"
