"""Our language: every message and value on the bus.

Frozen pydantic models and nothing else. A model validates what it is given and does not behave.
One rule: nothing here knows Microsoft, a database or a broker.
"""
