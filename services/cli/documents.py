"""Files that are made from the code and checked in: settings, the API, policies, answers, findings, the messages."""

from pathlib import Path

from services import catalogue
from services.answer_listing import answers_page
from services.doctor.settings import DoctorSettings
from services.finding_listing import findings_page
from services.findings.finding import PAGE as FINDINGS
from services.policy.api.app import routes
from services.policy.api.openapi import as_file
from services.policy_listing import policies_page
from services.settings_listing import environment_file
from services.stack import ROLES

ROOT = Path(__file__).parents[2]
POLICIES = Path("docs") / "policies.md"
ANSWERS = Path("docs") / "answers.md"


def write(root: Path) -> None:
    """Write every such file below `root`. Raises `catalogue.Incompatible` if a message breaks its promise."""
    catalogue.write(root / "docs")
    (root / ".env.example").write_text(settings(), encoding="utf-8")
    (root / "docs" / "openapi.json").write_text(as_file(routes()), encoding="utf-8")
    (root / POLICIES).write_text(policies_page(), encoding="utf-8")
    (root / ANSWERS).write_text(answers_page(), encoding="utf-8")
    (root / FINDINGS).write_text(findings_page(), encoding="utf-8")


def settings() -> str:
    """Return every setting of every service as an environment file."""
    return environment_file([*(role.settings for role in ROLES), DoctorSettings])
