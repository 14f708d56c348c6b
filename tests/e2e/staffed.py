"""A member of staff at the deployed stack, let in without the login that other tests are about.

The session's row and the token are made by the kernel's own code, in a process with the stage's environment.
"""

import json
import os
import subprocess
import sys
from typing import Any

from infra import local
from infra.channel import Answer
from tests.e2e.deployed import Deployed

LET_IN = """
import sys
from datetime import timedelta
from bank import store
from bank.access import sessions, tokens
from bank.access.principal import Kind
from bank.access.scopes import SCOPES

subject, unit = sys.argv[1:]
hour = timedelta(hours=1)
session = sessions.new(
    kind=Kind.STAFF, subject=subject, client_id="cli_desk", unit=unit, absolute=hour, idle=hour
)
transaction = store.Transaction()
sessions.open_session(transaction, session)
transaction.commit()
about = {"subject": subject, "kind": Kind.STAFF, "unit": unit, "session": session.session_id}
print(tokens.issue(client_id="cli_desk", scopes=SCOPES, **about))
"""


class Member:
    """Somebody of the bank's staff, as a caller of the API; a colleague approves what they propose."""

    def __init__(
        self,
        deployed: Deployed,
        staff_id: str,
        unit: str = "unit_head",
        colleague: "Member | None" = None,
    ) -> None:
        self._colleague = colleague
        self._channel = deployed.channel
        self._let_in = lambda: _let_in(deployed, staff_id, unit)
        self._token = self._let_in()

    def get(self, path: str) -> Answer:
        """GET with this member's token."""
        return self._channel.once("GET", path, None, self._headers())

    def post(self, path: str, body: Any = None, *, key: str | None = None) -> Answer:
        """POST with this member's token, and a key if one is given."""
        keyed = {"Idempotency-Key": key} if key else {}
        answer = self._channel.once("POST", path, body, {**self._headers(), **keyed})
        if answer.status == 401 and "insufficient_user_authentication" in answer.text:
            # Let in so long ago that the act needs a fresh factor.
            self._token = self._let_in()
            answer = self._channel.once("POST", path, body, {**self._headers(), **keyed})
        if answer.status == 202 and self._colleague and "approval_id" in answer.json:
            approval = {"Approval-Id": self._colleague.approves(answer.json)}
            return self._channel.once("POST", path, body, {**self._headers(), **keyed, **approval})
        return answer

    def approves(self, proposal: dict[str, Any]) -> str:
        """The id of a proposal, once this member has approved it."""
        path = f"/approvals/{proposal['approval_id']}/approve"
        answer = self.post(path, {"content_digest": proposal["content_digest"]})
        assert answer.status == 200, answer.text
        return str(proposal["approval_id"])

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"}


def _let_in(deployed: Deployed, staff_id: str, unit: str) -> str:
    stage = deployed.env.stage
    environment = {
        **os.environ,
        **local.CREDENTIALS,
        "AWS_REGION": deployed.env.region,
        "AWS_DEFAULT_REGION": deployed.env.region,
        "AWS_ENDPOINT_URL": deployed.env.endpoint_url,
        "TABLE_PREFIX": f"perkbank-{stage}-",
        "ISSUER": f"urn:perkbank:{stage}",
        "TOKEN_KEYS": json.dumps({"staff": f"alias/perkbank-{stage}-staff-token-signing"}),
        "PYTHONPATH": str(local.ROOT / "layers" / "bank" / "python"),
    }
    command = [sys.executable, "-c", LET_IN, staff_id, unit]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def problem_code(answer: Answer) -> str:
    """The code of a problem."""
    code: str = json.loads(answer.text)["code"]
    return code
