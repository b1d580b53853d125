"""What may be placed: layers, their arguments and the ports a block has."""
