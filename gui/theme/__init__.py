"""Colours, fonts and measures, light and dark."""
