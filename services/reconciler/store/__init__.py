"""The reconciler's tables, and what it reads of other services': one function, one statement."""
