"""Speed as ratios, each measured in one run against what a user would do instead. `python -m tests.benchmarks`."""
