"""Handle each message: keep the list of rooms, and make a room due. No handler reads a calendar."""
