"""The asynchronous client of the worker."""
