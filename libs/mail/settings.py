"""What the service that sends mail reads from its environment."""

import ssl
from pathlib import Path

from pydantic import BaseModel, Field, SecretStr, ValidationInfo, field_validator

from libs.mail.addresses import MailParty, NoMailAddress
from libs.mail.server import Encryption, MailServer


class MailSettings(BaseModel):
    """Settings of mail, mixed into the settings of a service. What contradicts itself is refused."""

    smtp_url: SecretStr | None = Field(
        None,
        description="Mail server, such as smtp://user:password@host:587, where STARTTLS is required unless "
        "?starttls=off follows, or smtps://host:465. No mail is sent when unset.",
    )
    smtp_ca_file: Path | None = Field(
        None, description="PEM file of the authority to trust for the mail server; the system's if unset."
    )
    smtp_timeout_s: float = Field(
        30,
        gt=0,
        le=120,
        description="Seconds to wait for an answer of the mail server; to a whole mail, 4 times as long.",
    )
    mail_sender: str | None = Field(
        None,
        validate_default=True,
        description="Whom mail comes from, such as Room Reservations <rooms@example.org>. Required with a mail server.",
    )

    @field_validator("smtp_url", "mail_sender", mode="before")
    @classmethod
    def _nothing_is_unset(cls, given: object) -> object:
        """Take what is empty for unset, so that a deployment may have an empty file in place of a secret."""
        text = given.get_secret_value() if isinstance(given, SecretStr) else given
        return None if isinstance(text, str) and not text.strip() else given

    @field_validator("smtp_url")
    @classmethod
    def _is_of_a_mail_server(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None:
            MailServer.of_url(url.get_secret_value())
        return url

    @field_validator("smtp_ca_file")
    @classmethod
    def _is_of_use(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        url = info.data.get("smtp_url")
        if path is None or url is None:
            return path
        if MailServer.of_url(url.get_secret_value()).encryption is Encryption.NONE:
            raise ValueError("must not be set where ROOMSYNC_SMTP_URL turns off STARTTLS")
        try:
            ssl.create_default_context(cafile=str(path))
        except (OSError, ValueError):
            raise ValueError("must name a PEM file with a certificate, which can be read") from None
        return path

    @field_validator("mail_sender")
    @classmethod
    def _is_somebody(cls, sender: str | None, info: ValidationInfo) -> str | None:
        if sender is None and info.data.get("smtp_url") is not None:
            raise ValueError("must be set if ROOMSYNC_SMTP_URL is, such as Room Reservations <rooms@example.org>")
        if sender is not None:
            try:
                MailParty.read(sender)
            except NoMailAddress as error:
                raise ValueError(f"must be such as Room Reservations <rooms@example.org>: {error}") from None
        return sender

    @property
    def mail_server(self) -> MailServer | None:
        """Return the mail server, or None if mail is not set up."""
        return MailServer.of_url(self.smtp_url.get_secret_value(), self.smtp_ca_file) if self.smtp_url else None

    @property
    def sender(self) -> MailParty | None:
        """Return whom mail comes from; never None with a mail server."""
        return MailParty.read(self.mail_sender) if self.mail_sender else None
