"""Tests of the help inside the window."""
