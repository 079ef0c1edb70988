"""Ingest's own tables: watches and pointers. One function, one statement."""
