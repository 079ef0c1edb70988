"""What any service on a message bus needs, whatever it does.

Settings, runtime, telemetry, health, database, migrations, bus, inbox, outbox and delivery, and the foundation that
puts them together for a service (`libs.common.foundation` shows what a new service needs).
One rule: no word of the business appears here.
"""
