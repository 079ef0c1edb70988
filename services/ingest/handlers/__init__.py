"""Handle each message: read the meeting that a notification names, and start, repair or stop a watch."""
