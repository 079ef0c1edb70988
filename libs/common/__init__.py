"""Nobody's language: what any service on a message bus needs.

Settings, runtime, telemetry, health, database, migrations, bus, inbox, outbox and delivery.
One rule: no business word appears here.
"""
