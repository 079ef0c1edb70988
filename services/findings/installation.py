"""The words of what only a look at the installation finds: `roomsync doctor` looks, and nobody keeps it.

Sources:
    https://learn.microsoft.com/exchange/permissions-exo/application-rbac
    https://learn.microsoft.com/graph/permissions-reference
    https://learn.microsoft.com/graph/change-notifications-delivery-webhooks
    https://learn.microsoft.com/powershell/module/exchangepowershell/set-mailboxregionalconfiguration
    https://learn.microsoft.com/powershell/module/exchangepowershell/set-place
    https://www.rabbitmq.com/docs/alarms
"""

from collections.abc import Mapping

from services.findings.entry import FindingEntry
from services.findings.finding import FindingCode as Code
from services.findings.finding import FindingLevel as Level

_LOOK_AGAIN = "It is not told any more once `roomsync doctor` finds it mended."
_CERTIFICATE = FindingEntry(
    level=Level.INFO,
    finding="The certificate of the webhook at {address} ends in {days}, at {at}.",
    why="Once it has ended, Microsoft Graph notifies us of nothing and grants no subscription; rooms are then only "
    "compared at intervals.",
    remedy="Renew the certificate where TLS of {address} ends: the proxy in front of ingest, or the files of "
    "`ROOMSYNC_INGEST_CERT_FILE` and `ROOMSYNC_INGEST_KEY_FILE`, after which ingest is started again.",
    ends=f"{_LOOK_AGAIN} It is told 60 days before the end, of a certificate that lives shorter when a quarter of its "
    "life is left.",
)

INSTALLATION: Mapping[Code, FindingEntry] = {
    Code.LOGIN_REFUSED: FindingEntry(
        level=Level.ERROR,
        finding="The connection {connection} gets no token from Microsoft. {detail}",
        why="Without a token nothing can be read from its rooms or written to them.",
        remedy="Do what the finding says. The connection uses the credential {credential} of the application "
        "{client_id} in the tenant {tenant_id}; see both in the Entra admin center under App registrations, "
        "Certificates & secrets.",
        ends=_LOOK_AGAIN,
    ),
    Code.CALENDARS_NOT_GRANTED: FindingEntry(
        level=Level.ERROR,
        finding="The application of the connection {connection} may not read the calendar of any of its rooms; {rooms} "
        "refused it.",
        why="Invitations to its rooms are not answered, and reservations do not show in Outlook.",
        remedy="Grant it in Exchange Online PowerShell for the rooms alone: `New-ManagementRoleAssignment -App "
        '{client_id} -Role "Application Calendars.ReadWrite" -CustomResourceScope SCOPE`, with a scope that '
        "`New-ManagementScope` made; it takes up to two hours to count. `Test-ServicePrincipalAuthorization -Identity "
        "{client_id} -Resource {mailbox_word}` shows at once what was granted.",
        ends=_LOOK_AGAIN,
    ),
    Code.PERMISSION_MISSING: FindingEntry(
        level=Level.WARNING,
        finding="The application of the connection {connection} lacks the permission {permission}.",
        why="{use}",
        remedy="In the Entra admin center, add the application permission {permission} of Microsoft Graph to the app "
        "registration {client_id} under API permissions, and grant admin consent.",
        ends=_LOOK_AGAIN,
    ),
    Code.PERMISSION_UNUSED: FindingEntry(
        level=Level.WARNING,
        finding="The application of the connection {connection} has permissions that Roomsync does not use: "
        "{permissions}.",
        why="Whoever gets hold of the credential may do with the tenant whatever they allow.",
        remedy="Remove them from the app registration {client_id} in the Entra admin center under API permissions, "
        "unless something else uses the same application; that had better have one of its own.",
        ends=_LOOK_AGAIN,
    ),
    Code.SCOPE_TOO_WIDE: FindingEntry(
        level=Level.WARNING,
        finding="The application of the connection {connection} reaches the calendar of {mailbox}, which is no room of "
        "ours.",
        why="It reaches the calendars of people, and so does whoever gets hold of the credential. Roomsync needs the "
        "rooms alone, unless it is to edit events of organizers.",
        remedy="Scope it to the rooms with RBAC for Applications (`New-ManagementScope`, `New-ManagementRoleAssignment "
        "-App {client_id} -CustomResourceScope SCOPE`), and remove the permission Calendars.ReadWrite that Entra "
        "grants, because grants add up. Or say that it is wanted: PATCH /v1/connections/{connection_id} with "
        "`edits_organizer_events`.",
        ends=_LOOK_AGAIN,
    ),
    Code.CLOCK_IS_WRONG: FindingEntry(
        level=Level.ERROR,
        finding="The clock of {whose} and that of this machine are {seconds} apart.",
        why="Tokens, certificates and subscriptions count by the clock: they are refused, or given up too late.",
        remedy="Set both by NTP. `timedatectl` shows whether a machine does so.",
        ends=f"{_LOOK_AGAIN} It is told from 30 seconds on.",
    ),
    Code.GRAPH_AWAY: FindingEntry(
        level=Level.ERROR,
        finding="Microsoft does not answer for the connection {connection}. {detail}",
        why="Nothing can be read from its rooms or written to them until it does.",
        remedy="See whether Microsoft 365 is well (https://status.cloud.microsoft), and whether the firewall lets this "
        "machine reach {hosts} on port 443.",
        ends=_LOOK_AGAIN,
    ),
    Code.CALENDARS_READ_ONLY: FindingEntry(
        level=Level.ERROR,
        finding="The application of the connection {connection} may read the calendars of its {rooms}, and write to "
        "none of them.",
        why="Invitations to its rooms cannot be answered, and reservations do not show in Outlook.",
        remedy='Grant the role "Application Calendars.ReadWrite" in Exchange Online PowerShell, or the permission '
        "Calendars.ReadWrite in Entra, instead of one that only reads: `Test-ServicePrincipalAuthorization -Identity "
        "{client_id} -Resource {mailbox_word}` shows what was granted.",
        ends=_LOOK_AGAIN,
    ),
    Code.MAILBOX_UNREADABLE: FindingEntry(
        level=Level.ERROR,
        finding="The calendar of {room_mailbox} cannot be read. {detail}",
        why="Invitations to it are not answered, and reservations do not show on its calendar.",
        remedy="See in Exchange Online PowerShell whether the mailbox exists: `Get-EXOMailbox -Identity "
        "{mailbox_word}`; and whether the application may reach it: `Test-ServicePrincipalAuthorization -Identity "
        "{client_id} -Resource {mailbox_word}`.",
        ends=_LOOK_AGAIN,
    ),
    Code.MAILBOX_NOT_WRITABLE: FindingEntry(
        level=Level.ERROR,
        finding="The calendar of {room_mailbox} can be read and not written to. {detail}",
        why="Invitations to it cannot be answered, and reservations do not show on its calendar.",
        remedy='Grant the role "Application Calendars.ReadWrite" for it instead of one that only reads: '
        "`Test-ServicePrincipalAuthorization -Identity {client_id} -Resource {mailbox_word}` shows what was granted.",
        ends=_LOOK_AGAIN,
    ),
    Code.MAILBOX_NO_ROOM: FindingEntry(
        level=Level.WARNING,
        finding="Exchange says that {room_mailbox} is of the kind {purpose}, not a room.",
        why="Such a mailbox processes invitations in another way than rooms do, and may belong to a person.",
        remedy="Map the space to its room mailbox, or make this one a room in Exchange Online PowerShell: `Set-Mailbox "
        "-Identity {mailbox_word} -Type Room`.",
        ends=_LOOK_AGAIN,
    ),
    Code.TIME_ZONE_DIFFERS: FindingEntry(
        level=Level.WARNING,
        finding="The mailbox {room_mailbox} is set to the time zone {mailbox_zone}, and the space {space} to "
        "{space_zone}; their clocks differ.",
        why="Opening hours and other rules hold in the time of the space, while Outlook shows the working hours of the "
        "mailbox in another.",
        remedy="Set the mailbox right in Exchange Online PowerShell: `Set-MailboxRegionalConfiguration -Identity "
        "{mailbox_word} -TimeZone ZONE`, with the Windows name of {space_zone}; or the space: PATCH "
        "/v1/spaces/{space_id} with `time_zone`.",
        ends=_LOOK_AGAIN,
    ),
    Code.CAPACITY_DIFFERS: FindingEntry(
        level=Level.WARNING,
        finding="The directory of places says that {room_mailbox} has room for {place_capacity}, and the ledger that "
        "the space {space} has room for {capacity}.",
        why="People choose rooms in Outlook by the one figure, and their booking is judged by the other.",
        remedy="Set the place right in Exchange Online PowerShell: `Set-Place -Identity {mailbox_word} -Capacity "
        "{capacity}`; or the space: PATCH /v1/spaces/{space_id} with `capacity`.",
        ends=_LOOK_AGAIN,
    ),
    Code.WEBHOOK_AWAY: FindingEntry(
        level=Level.ERROR,
        finding="The webhook at {address} does not answer the handshake of Microsoft Graph as it must. {detail}",
        why="Graph grants no subscription without it, and gives up notifications that it cannot deliver; rooms are "
        "then only compared at intervals.",
        remedy="See that ingest runs, and that the proxy in front of it forwards POST {address}/graph/notifications "
        "with its query, unchanged. Try: `curl -X POST '{address}/graph/notifications?validationToken=hello'` answers "
        "`hello`.",
        ends=_LOOK_AGAIN,
    ),
    Code.WEBHOOK_ADDRESS_UNUSABLE: FindingEntry(
        level=Level.ERROR,
        finding="Microsoft Graph cannot notify the address {address}: {detail}.",
        why="Graph notifies only addresses that are reached from the internet by https; rooms are otherwise only "
        "compared at intervals.",
        remedy="Set `ROOMSYNC_INGEST_PUBLIC_URL` to the public origin of the webhook, such as https://rooms.contoso.com.",
        ends=_LOOK_AGAIN,
    ),
    Code.CERTIFICATE_ENDS: _CERTIFICATE,
    Code.CERTIFICATE_ENDS_SOON: FindingEntry(
        level=Level.WARNING,
        finding=_CERTIFICATE.finding,
        why=_CERTIFICATE.why,
        remedy=_CERTIFICATE.remedy,
        ends=f"{_LOOK_AGAIN} It is told 30 days before the end, of a certificate that lives shorter when an eighth of "
        "its life is left.",
    ),
    Code.CERTIFICATE_OVER: FindingEntry(
        level=Level.ERROR,
        finding="The certificate of the webhook at {address} ends at {at}: {days} are left.",
        why=_CERTIFICATE.why,
        remedy=_CERTIFICATE.remedy,
        ends=f"{_LOOK_AGAIN} It is told from 7 days before the end on.",
    ),
    Code.CERTIFICATE_NOT_TRUSTED: FindingEntry(
        level=Level.ERROR,
        finding="The certificate of the webhook at {address} is not trusted. {detail}",
        why="Microsoft Graph notifies only addresses with a certificate that is publicly trusted and sent with its "
        "chain.",
        remedy="Install a certificate for that host from a public authority where TLS ends, with the intermediate "
        "certificates. If it is for a test with an authority of its own, name that in `ROOMSYNC_DOCTOR_CA_FILE`.",
        ends=_LOOK_AGAIN,
    ),
    Code.SUBSCRIPTION_EXPIRED: FindingEntry(
        level=Level.ERROR,
        finding="The subscription to {room_mailbox} has expired and was not renewed.",
        why="Microsoft Graph tells nothing of this room; it is only compared at intervals.",
        remedy="See that ingest runs: `roomsync subscriptions renew {space_id}` has it renewed and waits for it.",
        ends=_LOOK_AGAIN,
    ),
    Code.SUBSCRIPTION_GONE: FindingEntry(
        level=Level.ERROR,
        finding="Microsoft Graph does not know the subscription to {room_mailbox} any more.",
        why="It tells nothing of this room; it is only compared at intervals.",
        remedy="Have a new one made: `roomsync subscriptions renew {space_id}`.",
        ends=f"{_LOOK_AGAIN} Roomsync finds out by itself once a comparison finds what no notification told of.",
    ),
    Code.NOT_PROVED: FindingEntry(
        level=Level.WARNING,
        finding="That the ledger and the calendar of {room_mailbox} agree was last proved {proved}.",
        why="Both sides may differ by now, and somebody may find a room taken that was promised.",
        remedy="See what keeps it: `roomsync sweep {space_id}` compares it now and says what differs or fails. If "
        "nothing is compared at all, see that the reconciler runs.",
        ends=f"{_LOOK_AGAIN} It is told once three comparisons were due without a proof, and never before 15 minutes.",
    ),
    Code.BROKER_AWAY: FindingEntry(
        level=Level.ERROR,
        finding="RabbitMQ at {host} cannot be used. {detail}",
        why="No service hears of what another did, so invitations wait to be answered. Nothing is lost: Microsoft "
        "repeats notifications for four hours, and rooms are compared afterwards.",
        remedy="See that RabbitMQ runs and is reached from here, and that `ROOMSYNC_AMQP_URL` has its host, port, "
        "virtual host, user and password: `rabbitmq-diagnostics check_running` on its machine.",
        ends=_LOOK_AGAIN,
    ),
    Code.BROKER_TOO_OLD: FindingEntry(
        level=Level.ERROR,
        finding="RabbitMQ at {host} has the version {version}, and Roomsync needs {needed} or newer.",
        why="Older versions lose messages of quorum queues that expire.",
        remedy="Upgrade RabbitMQ, one minor version at a time, with all feature flags enabled in between.",
        ends=_LOOK_AGAIN,
    ),
    Code.BROKER_NOT_PREPARED: FindingEntry(
        level=Level.ERROR,
        finding="RabbitMQ at {host} lacks {queues} that the services use, such as {queue}.",
        why="Messages for them have nowhere to go, so they wait in the database.",
        remedy="Start the services, which declare what they need; and see that `ROOMSYNC_AMQP_URL`, "
        "`ROOMSYNC_BUS_NAMESPACE` and `ROOMSYNC_SHARDS` are the same here and there.",
        ends=_LOOK_AGAIN,
    ),
    Code.QUEUE_OF_ANOTHER_KIND: FindingEntry(
        level=Level.ERROR,
        finding="The queue {queue} on RabbitMQ at {host} is not the quorum queue that Roomsync declares. {detail}",
        why="Its messages are in one place only and may be lost with it, or are delivered more than once at a time.",
        remedy="Stop the services, delete the queue with `rabbitmqadmin delete queue name={queue}` once it is empty, "
        "and start them again. See that no policy of RabbitMQ changes queues of this virtual host.",
        ends=_LOOK_AGAIN,
    ),
    Code.BROKER_ALARM: FindingEntry(
        level=Level.ERROR,
        finding="RabbitMQ at {host} has raised an alarm: {detail}.",
        why="It takes no messages while memory or disk space run out, so invitations wait to be answered.",
        remedy="Free disk space or give it more memory: `rabbitmq-diagnostics alarms` and `rabbitmq-diagnostics "
        "memory_breakdown` on its machine.",
        ends=_LOOK_AGAIN,
    ),
    Code.MESSAGES_PARKED: FindingEntry(
        level=Level.ERROR,
        finding="{messages} could not be handled and were put aside. The oldest is a `{type}`: {reason}",
        why="What they ask for is not done: an invitation may be unanswered, or a reservation may not show.",
        remedy="See them with `roomsync parked list`, mend the reason, and send them back with `roomsync parked replay "
        "ID`. What is of no use any more is forgotten by `roomsync parked drop ID`.",
        ends=_LOOK_AGAIN,
    ),
    Code.QUORUM_AT_RISK: FindingEntry(
        level=Level.WARNING,
        finding="RabbitMQ at {host} has quorum queues that would lose their majority with one more node: {detail}.",
        why="Without a majority a queue takes and gives no messages.",
        remedy="Bring the nodes back that are down: `rabbitmq-diagnostics check_if_node_is_quorum_critical` on each.",
        ends=_LOOK_AGAIN,
    ),
    Code.DATABASE_AWAY: FindingEntry(
        level=Level.ERROR,
        finding="PostgreSQL at {host} cannot be used. {detail}",
        why="Nothing can be booked or decided without the ledger.",
        remedy="See that PostgreSQL runs and is reached from here, and that `ROOMSYNC_POSTGRES_URL` has its host, "
        "port, database, user and password: `pg_isready -h {host}`. If it is not migrated: `roomsync migrate`.",
        ends=_LOOK_AGAIN,
    ),
    Code.DATABASE_TOO_OLD: FindingEntry(
        level=Level.ERROR,
        finding="PostgreSQL at {host} has the version {version}, and Roomsync needs {needed} or newer.",
        why="Statements of Roomsync fail on it.",
        remedy="Upgrade PostgreSQL with `pg_upgrade` or at its provider.",
        ends=_LOOK_AGAIN,
    ),
    Code.EXTENSION_MISSING: FindingEntry(
        level=Level.ERROR,
        finding="The database at {host} lacks the extension {extension}.",
        why="The constraint that makes a double booking impossible, or a search, needs it.",
        remedy="Allow the extension at the provider of the database if it has to be, and run `roomsync migrate`.",
        ends=_LOOK_AGAIN,
    ),
    Code.NOT_MIGRATED: FindingEntry(
        level=Level.ERROR,
        finding="The database at {host} lacks the migrations {migrations}.",
        why="The services of this version fail where they need what these bring.",
        remedy="Run `roomsync migrate`; it may be repeated.",
        ends=_LOOK_AGAIN,
    ),
    Code.MIGRATED_FURTHER: FindingEntry(
        level=Level.WARNING,
        finding="The database at {host} has the migrations {migrations}, which this version of Roomsync does not know.",
        why="It was migrated by a newer version. Older services beside it may fail, or not know what is asked of them.",
        remedy="Update every service, and this command, to the version that migrated it.",
        ends=_LOOK_AGAIN,
    ),
    Code.MAIL_SERVER_AWAY: FindingEntry(
        level=Level.ERROR,
        finding="Mail cannot be sent by {host}. {detail}",
        why="Approvers are not told that a booking waits for them, and nobody of the offers of a waiting list.",
        remedy="Do what the finding says, or see that the server runs and is reached from here: `openssl s_client "
        "-connect {host}:{port} -starttls smtp`. What waits is sent once it works.",
        ends=_LOOK_AGAIN,
    ),
    Code.SETTING_WRONG: FindingEntry(
        level=Level.ERROR,
        finding="{sentence}",
        why="A service that reads this setting does not start.",
        remedy="Set it right where the services get their settings from; .env.example has every setting with its unit "
        "and default.",
        ends=_LOOK_AGAIN,
    ),
    Code.SETTINGS_CONTRADICT: FindingEntry(
        level=Level.WARNING,
        finding="{sentence}",
        why="{why}",
        remedy="{remedy}",
        ends=_LOOK_AGAIN,
    ),
}
"""What is said of each code from RS201 on."""
