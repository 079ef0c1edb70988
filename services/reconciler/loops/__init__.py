"""What is done by the clock: compare each room with the ledger, and measure how that goes."""
