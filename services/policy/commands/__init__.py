"""What can be done to the ledger, whoever asks: the API, a message, the clock, or an operator.

A command gathers what it needs under locks, has `core` decide, and writes what follows, inside the caller's
transaction. One rule: it speaks in values and domain errors, and knows neither HTTP nor the bus.
"""
