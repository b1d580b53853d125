"""The process around runtime: loop, handlers, heartbeat and cancel."""
