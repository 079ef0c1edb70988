"""Nobody's language: what any service on a message bus needs.

Settings, runtime, telemetry, health, database, migrations, bus, inbox, outbox and delivery, and the foundation on which
they are put together for a service (`libs.common.foundation` shows what a new one takes).
One rule: no business word appears here.
"""
