"""Graph to plan: an ordered list of construct and call steps."""
