"""The ledger in PostgreSQL: one function, one statement.

Owns: every statement that reads or writes the policy schema. One rule: nothing here decides or commits.
"""
