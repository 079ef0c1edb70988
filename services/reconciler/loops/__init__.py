"""What the reconciler does by itself: it compares each room calendar with the ledger, and measures how that goes."""
