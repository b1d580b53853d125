"""Requests, replies and events, their codec, and the array values that cross the pipe."""
