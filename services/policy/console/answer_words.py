"""The names of kinds of answers, as the console shows them."""

from collections.abc import Mapping

from services.policy.core.answers.kinds import AnswerKind

ANSWER_NAMES: Mapping[AnswerKind, str] = {each: each.replace("_", " ").capitalize() for each in AnswerKind}

FIELD_LABELS = {"template": "The template", "about": "The reservation"}
