"""What the reconciler does by itself: it compares calendars with the ledger, checks credentials, and measures."""
