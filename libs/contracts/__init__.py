"""Every message and value on the bus.

Frozen pydantic models and nothing else. A model validates what it is given and has no behaviour.
One rule: nothing here knows Microsoft, a database or a broker.
"""
