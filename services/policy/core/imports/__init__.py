"""What becomes of the events and reservations of a room when both of its sides are compared as a whole."""
