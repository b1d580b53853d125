"""What Keras really does with lengths, masks and states: each fact the program builds on, shown by plain Keras."""
