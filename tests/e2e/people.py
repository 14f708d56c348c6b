"""Staff for end-to-end tests: the head office's administrator, branches, and who works there."""

import functools
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
    """Three administrators for each of pytest's workers: a login's code is good once, so they share none."""
    first = people.administrator(stage, folder)
    for worker in workers:
        for path, keeper in zip(_kept(folder, worker), [first, *first.colleagues], strict=True):
            people.keep(people.enter(keeper, unit_id=HEAD_OFFICE, roles=[ADMINISTRATOR]), path)


def _kept(folder: Path, worker: str) -> list[Path]:
    return [folder / f"staff-{worker}-{number}.json" for number in (1, 2, 3)]


class People:
    """The bank's staff, made as tests need them. Each call of `staff` is somebody new, who has enrolled.

    What they propose a colleague approves; `alone` is who has none.
    """

    def __init__(self, deployed: Deployed) -> None:
        worker = os.environ.get("PYTEST_XDIST_WORKER", "")
        own = [people.kept(deployed.env, path) for path in _kept(deployed.folder, worker)] if worker else []
        found = [each for each in own if each]
        self.administrator = (
            people.acquainted(found) if found else people.administrator(deployed.env, deployed.folder)
        )

    @functools.cached_property
    def approver(self) -> Member:
        """Who checks in the head office what is not about staff."""
        return self.checker("rol_risk_approver")

    @functools.cached_property
    def analyst(self) -> Member:
        """A risk analyst of the head office."""
        return self.head_office("rol_risk_analyst")

    @functools.cached_property
    def auditor(self) -> Member:
        """An auditor of the head office."""
        return self.head_office("rol_auditor")

    def branch(self, parent_id: str = HEAD_OFFICE) -> str:
        """A new unit; its id."""
        return people.add_unit(self.administrator, f"Branch {uuid.uuid4().hex[:8]}", parent_id)

    def staff(self, unit_id: str, *roles: str) -> Member:
        """Somebody with these roles for a unit, who logs in with the first request."""
        member = people.enter(self.administrator, unit_id=unit_id, roles=roles)
        checks_staff = ADMINISTRATOR in roles
        member.colleagues = self.administrator.colleagues if checks_staff else [self.approver]
        return member

    def alone(self, *roles: str) -> Member:
        """Somebody of the head office with these roles, who has nobody to approve what they propose."""
        return people.enter(self.administrator, unit_id=HEAD_OFFICE, roles=roles)

    def checker(self, *roles: str) -> Member:
        """Somebody of the head office who may check what the others here make: let in by somebody else."""
        return people.enter(self.administrator.colleagues[0], unit_id=HEAD_OFFICE, roles=roles)

    def head_office(self, *roles: str) -> Member:
        """Somebody with these roles in the head office, besides the administrator."""
        return self.staff(HEAD_OFFICE, *roles)
