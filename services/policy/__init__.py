"""Keeps the ledger and decides; nobody else does either."""
