"""The starter rules of risk, put live as any others are: drafted and submitted by one, approved by another.

    put_live(maker, checker)      two of the head office's staff, as callers of the API

What is live already stays; run again, nothing happens.
"""

import json
from pathlib import Path
from typing import Any, Protocol

from bank import ids
from infra import local
from infra.channel import Answer

FOLDER = local.ROOT / "functions" / "risk" / "starter"
SETTINGS = "settings.json"


class Caller(Protocol):
    """Somebody who calls the API: a `Channel`, or a member of staff."""

    def get(self, path: str) -> Answer:
        """GET."""

    def post(self, path: str, body: Any = None, *, key: str | None = None) -> Answer:
        """POST."""


class Refused(Exception):
    """The API did not do what was asked; the answer says why."""


def drafts() -> list[dict[str, Any]]:
    """The starter rule sets, as they are posted."""
    settings: dict[str, Any] = json.loads((FOLDER / SETTINGS).read_text())
    return [
        {"product": product, "content": _content(FOLDER / f"{product}.json"), **told}
        for product, told in settings.items()
    ]


def put_live(maker: Caller, checker: Caller) -> dict[str, str]:
    """Have each approved and go live; the rule sets' ids by product. Raises Refused."""
    return {draft["product"]: _put_live(draft, maker, checker) for draft in drafts()}


def _put_live(draft: dict[str, Any], maker: Caller, checker: Caller) -> str:
    rule_set = _done(maker.post("/risk/rule-sets", draft, key=f"starter-{ids.digest(draft)}"))
    rule_set_id: str = rule_set["rule_set_id"]
    path = f"/risk/rule-sets/{rule_set_id}"
    if _done(maker.get(path))["status"] == "activated":
        return rule_set_id
    approval_id = _done(maker.post(f"{path}/submission"))["approval_id"]
    approve(checker, approval_id)
    _done(maker.post(f"{path}/activation", {"approval_id": approval_id}))
    return rule_set_id


def approve(checker: Caller, approval_id: str) -> None:
    """Pass the step that is due, of what the checker has seen."""
    seen = _done(checker.get(f"/approvals/{approval_id}"))
    decision = {"step": seen["step"], "content_digest": seen["content_digest"]}
    _done(checker.post(f"/approvals/{approval_id}/approve", decision))


def _content(path: Path) -> Any:
    return json.loads(path.read_text())


def _done(answer: Answer) -> Any:
    if answer.status not in (200, 201):
        raise Refused(f"{answer.status}: {answer.text}")
    return answer.json
