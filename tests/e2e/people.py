"""Staff for end-to-end tests: the head office's administrator, branches, and who works there."""

import os
import uuid
from collections.abc import Iterable
from pathlib import Path

from infra import people
from infra.environment import Environment
from infra.people import HEAD_OFFICE, Member
from tests.e2e.deployed import Deployed

ADMINISTRATOR = "rol_head_office_administrator"


def engage(stage: Environment, folder: Path, workers: Iterable[str]) -> None:
    """An administrator for each of pytest's workers: a login's code is good once, so they share none."""
    first = people.administrator(stage, folder)
    for worker in workers:
        people.keep(people.enter(first, unit_id=HEAD_OFFICE, roles=[ADMINISTRATOR]), _kept(folder, worker))


def _kept(folder: Path, worker: str) -> Path:
    return folder / f"staff-{worker}.json"


class People:
    """The bank's staff, made as tests need them. Each call of `staff` is somebody new, who has enrolled."""

    def __init__(self, deployed: Deployed) -> None:
        worker = os.environ.get("PYTEST_XDIST_WORKER", "")
        own = people.kept(deployed.env, _kept(deployed.folder, worker)) if worker else None
        self.administrator: Member = own or people.administrator(deployed.env, deployed.folder)

    def branch(self, parent_id: str = HEAD_OFFICE) -> str:
        """A new unit; its id."""
        return people.add_unit(self.administrator, f"Branch {uuid.uuid4().hex[:8]}", parent_id)

    def staff(self, unit_id: str, *roles: str) -> Member:
        """Somebody with these roles for a unit, who logs in with the first request."""
        return people.enter(self.administrator, unit_id=unit_id, roles=roles)

    def head_office(self, *roles: str) -> Member:
        """Somebody with these roles in the head office, besides the administrator."""
        return self.staff(HEAD_OFFICE, *roles)
