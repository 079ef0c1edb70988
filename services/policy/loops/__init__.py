"""What policy does by itself: it releases rooms that were kept without an invitation for long enough."""
