"""The names of what rules are made of, as the console's lists and forms show them."""

from services.policy.core.policies.policy import KINDS, Effect, Scope

KIND_NAMES = {kind: kind.replace("_", " ").capitalize() for kind in KINDS}
SCOPE_NAMES: dict[Scope, str] = {"all": "All spaces", "group": "A group of spaces", "space": "One space"}
EFFECT_NAMES: dict[Effect, str] = {
    "deny": "Deny",
    "approve": "Ask for approval",
    "warn": "Warn",
    "shadow": "Shadow",
}

PERIODS = {"30": "The last 30 days", "90": "The last 90 days", "366": "The last year"}
"""How far back the rule lab looks, in days."""
USUAL = "90"
