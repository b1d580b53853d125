"""Two runs side by side: what is equal, where they part, and what can be said of states that have no unit in common."""
