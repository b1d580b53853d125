"""SeqLoom's window. TensorFlow is never imported below this folder."""
