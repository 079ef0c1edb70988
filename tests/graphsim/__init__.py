"""A stand-in for the calendar part of Microsoft 365: an independent witness that imports nothing of ours."""
