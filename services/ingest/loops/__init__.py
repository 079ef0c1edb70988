"""What goes on without being asked: subscriptions are made, renewed, made anew and ended."""
