"""What is done on each message: read the meeting that a notification named, and start, mend or stop a watch."""
