"""The scenarios, by their numbers: real services, real servers, and the simulated Microsoft 365 over HTTP.

Each asserts the world on both sides, and who was mailed what. Each has mailboxes and spaces of its own.
"""
