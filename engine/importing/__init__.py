"""Foreign sources as data: pasted Python, messages of Keras, both mixed. Nothing of them is ever executed."""
