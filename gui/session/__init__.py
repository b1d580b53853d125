"""The state of one open document, without widgets."""
