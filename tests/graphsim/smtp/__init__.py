"""A mail server beside Microsoft 365 that takes every mail and lets tests read it: a sink.

Speaks SMTP with STARTTLS under the simulator's authority, and refuses or loses mails as it is told to.

Knows no other room.

Its one rule: it never sends anything on, and what it took it shows, also if it did not say that it took it.
"""
