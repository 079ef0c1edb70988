"""What is done on each message: keep the list of rooms, and let one be compared next. No message is a calendar read."""
