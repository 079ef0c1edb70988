"""What this service keeps and reads in PostgreSQL: one function, one statement."""
