"""Trained weights from files of strangers: read by hand, matched to blocks, loaded by Keras."""
