"""The document as a frozen value; edits; the file format."""
