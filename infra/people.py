"""Staff of the stage over HTTP: the first administrator, units, and members of them who log in.

    administrator = people.administrator(stage)     # with two more, who approve what is proposed
    branch = people.add_unit(administrator, "Hangzhou")
    manager = people.enter(administrator, unit_id=branch, roles=["rol_branch_manager"])
    manager.get("/staff-sessions")

The administrators' credentials are kept in files of their names beside `env.json`, and made anew, by the
operators' command, where they are not known. They are for a stage on this machine alone, as `env.json` is.
"""

import json
import re
import secrets
import subprocess
import sys
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from infra import customers, local
from infra.authenticator import Authenticator
from infra.channel import Answer, Channel
from infra.environment import ENV_FILE, ONLY_MINE, Environment, process_environment

ADMINISTRATORS = ("administrator", "administrator-2", "administrator-3")
HEAD_OFFICE = "unit_head"


@dataclass(frozen=True)
class Credentials:
    """Credentials of a member of staff."""

    staff_id: str
    login: str
    password: str
    totp_secret: str


class Member(Channel):
    """A member of staff at work: logs in when the first token is needed, and refreshes it.

    What others have to approve, the `colleagues` approve, whoever of them may: without any it stays proposed.
    """

    colleagues: Sequence["Member"] = ()
    # Of the emulator, whose inbox has the messages that were sent.
    endpoint_url: str = ""

    def __init__(self, *, api_url: str, credentials: Credentials, unit_id: str | None = None) -> None:
        super().__init__(api_url=api_url, client_id="", client_secret="")
        self.credentials = credentials
        self.session: dict[str, Any] = {}
        self.authenticator = Authenticator(credentials.totp_secret)
        self._unit_id = unit_id

    @property
    def staff_id(self) -> str:
        """Id of the member of staff."""
        return self.credentials.staff_id

    def code(self, first: int = 0) -> str:
        """A code that has not been used; `first` is the first step to take, counted from the present one."""
        return self.authenticator.code(first)

    def log_in(self, **changes: Any) -> Answer:
        """POST /staff-sessions, once; with another code where the first has run out on its way."""
        body = {
            "login": self.credentials.login,
            "password": self.credentials.password,
            "code": changes.get("code") or self.code(-1),
            **({"unit_id": self._unit_id} if self._unit_id else {}),
            **changes,
        }
        answer = self.once("POST", "/staff-sessions", body)
        late = answer.status == 401 and "code" not in changes and self.authenticator.has_run_out
        return self.log_in(**changes) if late else answer

    def refresh(self) -> Answer:
        """POST /staff-sessions/refresh with the last refresh token, once."""
        return self.once("POST", "/staff-sessions/refresh", {"refresh_token": self.session["refresh_token"]})

    def step_up(self) -> Answer:
        """POST /staff-sessions/step-up: what needs a fresh factor may be done for ten minutes."""
        headers = {"Authorization": f"Bearer {self.token()}"}
        return self.once("POST", "/staff-sessions/step-up", {"code": self.code(-1)}, headers)

    def _authorized(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> Answer:
        """Prove the authenticator again where the last proof is too old, as a console asks its user to."""
        answer = super()._authorized(method, path, body, headers)
        if answer.status == 401 and "insufficient_user_authentication" in answer.text:
            self.step_up()
            answer = super()._authorized(method, path, body, headers)
        if answer.status == 202 and self.colleagues and "approval_id" in answer.json:
            self.have_approved(answer.json)
            headers = {**headers, "Approval-Id": answer.json["approval_id"]}
            return super()._authorized(method, path, body, headers)
        return answer

    def have_approved(self, proposal: Mapping[str, Any]) -> None:
        """Have colleagues approve a proposal, as many as it takes. Raises RuntimeError where too few may."""
        path = f"/approvals/{proposal['approval_id']}/approve"
        decision = {"content_digest": proposal["content_digest"]}
        answers = (each.post(path, decision) for each in self.colleagues)
        passed = islice((answer for answer in answers if answer.status == 200), len(proposal["levels"]))
        if len(list(passed)) < len(proposal["levels"]):
            raise RuntimeError(f"too few colleagues may approve {proposal['kind']}")

    def _granted(self) -> dict[str, Any]:
        answer = self.refresh() if self.session else self.log_in()
        if answer.status != 201 and self.session:
            answer = self.log_in()
        if answer.status != 201:
            raise PermissionError(f"no session for {self.staff_id}: {answer.text}")
        self.session = answer.json
        return self.session


def administrator(stage: Environment, folder: Path = ENV_FILE.parent) -> Member:
    """The first administrator of the head office, whose colleagues are the second and the third."""
    return acquainted([_administrator(stage, folder / f"{login}.json", login) for login in ADMINISTRATORS])


def acquainted(administrators: Sequence[Member]) -> Member:
    """The first of administrators who approve what each other proposes. Whom one enters, another's checks."""
    for each in administrators:
        each.colleagues = [other for other in administrators if other is not each]
    return administrators[0]


def _administrator(stage: Environment, path: Path, login: str) -> Member:
    member = kept(stage, path)
    if member is None or not _is_let_in(member):
        member = _member(stage, _made(stage, login))
        keep(member, path)
    return member


def kept(stage: Environment, path: Path) -> Member | None:
    """The member whose credentials a file holds, if it is there."""
    if not path.exists():
        return None
    return _member(stage, Credentials(**json.loads(path.read_text())))


def _member(stage: Environment, credentials: Credentials) -> Member:
    member = Member(api_url=stage.api_url, credentials=credentials)
    member.endpoint_url = stage.endpoint_url
    return member


def keep(member: Member, path: Path) -> None:
    """Write a member's credentials to a file."""
    path.touch(mode=ONLY_MINE)
    path.write_text(json.dumps(asdict(member.credentials), indent=2) + "\n")


def add_unit(administrator: Member, name: str, parent_id: str = HEAD_OFFICE) -> str:
    """A new unit; its id."""
    made = _done(administrator.post("/units", {"name": name, "parent_id": parent_id}))
    unit_id: str = made["unit_id"]
    return unit_id


def enter(administrator: Member, *, unit_id: str, roles: Sequence[str] = ()) -> Member:
    """A new member of a unit, with these roles for it, enrolled; the administrator's colleagues approve."""
    login = f"staff-{uuid.uuid4().hex[:12]}"
    phone = customers.fresh_phone()
    body = {"login_name": login, "display_name": "Somebody", "unit_id": unit_id, "phone": phone}
    made = _done(administrator.post("/staff", body))
    for role_id in roles:
        given = {"role_id": role_id, "unit_id": unit_id, "reason": "needed for work"}
        _done(administrator.post(f"/staff/{made['staff_id']}/roles", given))
    credentials = _enrolled(administrator, login, initial_password(administrator.endpoint_url, phone))
    return Member(api_url=administrator.api_url, credentials=credentials)


def initial_password(endpoint_url: str, phone: str) -> str:
    """The enrolment secret in the last message to a phone, in the emulator's inbox."""
    texts = [text for _, text in local.sent_messages(endpoint_url, phone)]
    return str(re.findall(r"[A-Za-z0-9_\-]{22}", texts[-1])[0])


def _is_let_in(member: Member) -> bool:
    try:
        member.token()
    except PermissionError:
        return False
    return True


def _made(stage: Environment, login: str) -> Credentials:
    """By the operators' command: one of the first administrators, or the one there is with all lost."""
    made = _operate(stage, "bootstrap", "--name", "Administrator", "--login", login)
    if made is not None:
        return Credentials(made["staff_id"], login, made["password"], made["totp_secret"])
    reset = _operate(stage, "reset", "--login", login)
    if reset is None:
        raise PermissionError("there are administrators of other names")
    return _enrolled(
        Channel(api_url=stage.api_url, client_id="", client_secret=""), login, reset["initial_password"]
    )


def _operate(stage: Environment, *arguments: str) -> dict[str, Any] | None:
    """Run the room's own command; None where it refuses."""
    ran = subprocess.run(
        [sys.executable, "-m", "staff.cli", *arguments],
        env=process_environment(stage.endpoint_url),
        capture_output=True,
        text=True,
    )
    if ran.returncode not in (0, 1):
        raise RuntimeError(ran.stderr)
    return json.loads(ran.stdout) if ran.returncode == 0 else None


def _enrolled(channel: Channel, login: str, initial_password: str) -> Credentials:
    password = secrets.token_urlsafe(24)
    body = {"login": login, "initial_password": initial_password, "new_password": password}
    made = _done(channel.once("POST", "/staff-enrolments", body))
    return Credentials(made["staff_id"], login, password, made["totp_secret"])


def _done(answer: Answer) -> dict[str, Any]:
    if answer.status != 201:
        raise RuntimeError(answer.text)
    done: dict[str, Any] = answer.json
    return done
