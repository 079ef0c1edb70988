"""A service by its name: the settings it reads, and the function that opens it."""

from dataclasses import dataclass
from typing import Generic

from libs.common.runtime import AnySettings, OpenService, main
from libs.common.wrong_settings import WrongSettings, complain, read_settings
from services.bus import topology


@dataclass(frozen=True, slots=True)
class ServiceRole(Generic[AnySettings]):
    """One service, which runs as a process of its own or in one process with the others."""

    name: str
    settings: type[AnySettings]
    open_service: OpenService[AnySettings]

    def run(self) -> int:
        """Run the service on RabbitMQ as a process of its own; return its exit status."""
        try:
            settings = read_settings(self.settings, "postgres_url", "amqp_url")
        except WrongSettings as error:
            return complain(error)
        return main(self.name, settings, topology(settings), self.open_service)
