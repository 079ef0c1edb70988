"""What ingest does by itself: it makes, renews, replaces and ends subscriptions, and looks again."""
