"""What ingest does by itself: it keeps subscriptions alive, looks again, and asks for sweeps that it owes."""
