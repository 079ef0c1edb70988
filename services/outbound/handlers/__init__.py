"""Handle each message: look, plan, apply, settle."""
