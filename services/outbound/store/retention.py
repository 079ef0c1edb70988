"""How long the rows of outbound stay. See `libs.common.retention`, and the comments of the tables."""

from datetime import timedelta

from libs.common.retention import INBOX, Retention

RETENTIONS = (
    INBOX,
    Retention(
        "intents",
        timedelta(days=30),
        "noted_at < statement_timestamp() - $1::interval "
        "AND (settled_at IS NULL OR settled_at < statement_timestamp() - $1::interval)",
    ),
    Retention(
        "mails",
        timedelta(days=30),
        "noted_at < statement_timestamp() - $1::interval "
        "AND (ended_at IS NULL OR ended_at < statement_timestamp() - $1::interval)",
    ),
)
