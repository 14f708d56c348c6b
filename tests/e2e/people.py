"""Staff for end-to-end tests: the head office's administrator, branches, and who works there."""

import uuid

from infra import people
from infra.people import HEAD_OFFICE, Member
from tests.e2e.deployed import Deployed


class People:
    """The bank's staff, made as tests need them. Each call of `staff` is somebody new, who has enrolled."""

    def __init__(self, deployed: Deployed) -> None:
        self.administrator: Member = people.administrator(deployed.env, deployed.folder)

    def branch(self, parent_id: str = HEAD_OFFICE) -> str:
        """A new unit; its id."""
        return people.add_unit(self.administrator, f"Branch {uuid.uuid4().hex[:8]}", parent_id)

    def staff(self, unit_id: str, *roles: str) -> Member:
        """Somebody with these roles for a unit, who logs in with the first request."""
        return people.enter(self.administrator, unit_id=unit_id, roles=roles)

    def head_office(self, *roles: str) -> Member:
        """Somebody with these roles in the head office, besides the administrator."""
        return self.staff(HEAD_OFFICE, *roles)
