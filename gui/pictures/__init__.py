"""Canvas and views painted without a window."""
