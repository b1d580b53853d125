"""Tests of what is kept between sessions."""
