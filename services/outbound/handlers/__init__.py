"""What is done on each message: look, plan, apply, settle."""
