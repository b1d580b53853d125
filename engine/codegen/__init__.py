"""A plan printed as Python. Text only."""
