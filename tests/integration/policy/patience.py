"""How long Outlook may take to show an intent, in tests that are not about it."""

from datetime import timedelta

from services.policy.commands.apply import Patience

PATIENCE = Patience(intents=timedelta(seconds=60))
