"""Sequences of their own lengths from files: CSV, JSON lines, Parquet, text. Files are data: nothing in them is executed."""
