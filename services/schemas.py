"""The schemas of the database, and the directories of the SQL files that make each."""

from pathlib import Path

HERE = Path(__file__).parent
SCHEMAS = {directory.parent.name: directory for directory in sorted(HERE.glob("*/migrations"))}
"""Every service that keeps something, and the SQL files that make its schema."""

BUS_SCHEMA = {"bus": HERE.parent / "libs" / "common" / "bus" / "migrations"}
"""The same of the in-memory bus, which keeps there what is not handled yet."""
