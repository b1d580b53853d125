"""The canvas: geometry, painter, hit test and gestures."""
