"""The commands that change the ledger, for every caller: the API, a message handler, a loop, or an operator.

A command gathers what it needs under locks, lets `core` decide, and writes the decision, inside the caller's
transaction. One rule: it takes and returns values and domain errors, and knows neither HTTP nor the bus.
"""
