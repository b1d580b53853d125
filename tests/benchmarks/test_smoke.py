"""Every benchmark runs once at a tiny size, so that it cannot rot."""

import pytest

from tests.benchmarks.__main__ import benchmarks

pytestmark = pytest.mark.xdist_group("tensorflow")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", benchmarks())
def test_a_benchmark_gives_its_lines(name: str) -> None:
    """Whatever the ratio is at that size."""
    lines = list(benchmarks()[name](True))
    assert lines
    assert all(line.value > 0 and line.as_json()["name"] and line.as_text() for line in lines)
    assert all(line.reference_value is None or line.reference_value > 0 for line in lines)
