"""Blocks, ports and wires as values; order, cycles, upstream and downstream."""
