"""Approvals: questions to administrators about pending reservations, from asking until they are closed."""
