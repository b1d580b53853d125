"""Keras's refusals, and its silences, as diagnostics that name the cause: one file for each family of causes."""
