"""Ingest's own tables: watches and pointers. One function, one statement, which stands above it under the same name."""
