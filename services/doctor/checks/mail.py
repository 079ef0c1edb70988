"""The mail server: does it take us as we are set up. Nothing is mailed."""

from collections.abc import Sequence

from libs.common.clock import utc_now
from libs.mail.errors import ServerAway
from libs.mail.session import Mailer
from libs.mail.settings import MailSettings
from services.doctor.check import NotSetUp
from services.findings.finding import Finding, FindingCode
from services.findings.registry import fill_in


async def look_at_mail_server(settings: MailSettings) -> Sequence[Finding]:
    """Connect to the mail server as outbound does, encrypted and logged in as it is set up."""
    server, sender = settings.mail_server, settings.sender
    if server is None or sender is None:
        raise NotSetUp("ROOMSYNC_SMTP_URL is not set here")
    try:
        async with Mailer(server, sender, min(settings.smtp_timeout_s, 10)).session() as session:
            await session.greet()
    except ServerAway as error:
        words = {"host": server.host, "port": server.port, "detail": f"{str(error).capitalize().rstrip('.')}."}
        return [fill_in(FindingCode.MAIL_SERVER_AWAY, f"the mail server {server.host}", utc_now(), words)]
    return []
