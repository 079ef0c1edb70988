"""How long the rows of ingest stay. See `libs.common.retention`, and the comments of the tables."""

from datetime import timedelta

from libs.common.retention import INBOX, Retention

RETENTIONS = (
    INBOX,
    Retention("pointers", timedelta(days=400), "seen_at < statement_timestamp() - $1::interval"),
    Retention("misses", timedelta(days=7), "first_missed_at < statement_timestamp() - $1::interval"),
    Retention("look_misses", timedelta(hours=1), "first_missed_at < statement_timestamp() - $1::interval"),
    Retention("endings", timedelta(0), "expires_at < statement_timestamp() - $1::interval"),
)
