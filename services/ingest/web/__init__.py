"""The webhook that Graph posts to."""
