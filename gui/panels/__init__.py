"""Palette, inspector, sample form and problem card. Panels never import each other."""
