"""What is known of a document: tensor specs, masks, diagnostics and fixes."""
