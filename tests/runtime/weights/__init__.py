"""Tests of engine.runtime.weights."""
