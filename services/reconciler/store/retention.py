"""How long the rows of the reconciler stay. See `libs.common.retention`, and the comments of the tables."""

from datetime import timedelta

from libs.common.retention import INBOX, Retention

RETENTIONS = (
    INBOX,
    Retention("pauses", timedelta(days=30), "until < statement_timestamp() - $1::interval"),
    Retention("drifts", timedelta(days=400), "healed_at < statement_timestamp() - $1::interval"),
)
