"""Models that people really ask about, written anew, each with its cause and the fix that must come first."""
