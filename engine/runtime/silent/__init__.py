"""What is wrong although Keras says nothing, measured on the sample: one file for each family."""
