"""Outbound's tables, and what it reads of policy's: one function, one statement."""
