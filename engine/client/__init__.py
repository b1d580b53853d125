"""The blocking client of the worker, for the command line and the tests."""
