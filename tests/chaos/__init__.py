"""Servers are killed and frozen at work, and nothing that was acknowledged is lost."""
