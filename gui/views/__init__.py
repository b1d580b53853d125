"""The views below the canvas. The only users of pyqtgraph."""
