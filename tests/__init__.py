"""Tests by kind; the simulator of Microsoft 365 lives here too and shares no code with what it tests."""
