"""The tests, mirroring the packages. `python3 tests` runs them all."""
