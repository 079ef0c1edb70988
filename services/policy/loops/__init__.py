"""What policy does without being asked: rooms that were kept long enough without an invitation are released."""
