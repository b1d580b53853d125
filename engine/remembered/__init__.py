"""Analyses kept between sessions, so that a document seen before has its shapes before TensorFlow has loaded."""
