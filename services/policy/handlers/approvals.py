"""On a command about an approval: decide it, and reply to whoever sent the command."""

from collections.abc import Sequence

from libs.common.db import Connection
from libs.common.handlers import Caused, ToSender
from libs.common.observed import add_facts
from libs.contracts.messages import ApprovalDecisionDone, ApprovalDecisionRefused, DecideApproval
from services.policy.commands.apply import Patience
from services.policy.commands.approvals import read_approval
from services.policy.commands.questions import Ruled, decide_question
from services.policy.commands.refusals import REFUSED, refuse
from services.policy.core.actors import vouched_for


class ApprovalHandlers:
    """The handlers of commands about approvals."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience

    async def on_decide_approval(self, conn: Connection, message: DecideApproval) -> Sequence[Caused]:
        """Decide a question as the API does, and reply with the approval, or with why it is not decided."""
        add_facts(approval_id=str(message.approval_id))
        ruled = Ruled(message.ruling, (message.comment or "").strip() or None)
        try:
            caused = await decide_question(
                conn,
                message.approval_id,
                ruled,
                expected_version=message.expected_version,
                patience=self._patience,
                by=vouched_for(message.by),
            )
        except REFUSED as error:
            refusal = refuse(error)
            kind = refusal.kind
            add_facts(refused=kind.slug)
            return [
                ToSender(
                    ApprovalDecisionRefused(
                        approval_id=message.approval_id,
                        status=kind.status,
                        title=kind.title,
                        detail=refusal.detail,
                        reasons=refusal.reasons,
                    )
                )
            ]
        shown = await read_approval(conn, message.approval_id)
        return [*caused, ToSender(ApprovalDecisionDone(approval=shown))]
