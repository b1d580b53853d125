"""The only package that imports Keras or TensorFlow."""
