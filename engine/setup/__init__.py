"""Makes a fresh machine ready. Standard library only."""
