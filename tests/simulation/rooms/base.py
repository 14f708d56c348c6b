"""What the world asks of each room's part."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from approvals.app import app as approvals
from bank.http import Api
from tests.simulation.stored import Change
from tests.support import http

if TYPE_CHECKING:
    from tests.simulation.world import World


@dataclass(frozen=True)
class Action:
    """Something that may happen next, with its weight among all that may."""

    name: str
    weight: float
    act: Callable[[], Any]


class Room:
    """Base: does nothing and finds nothing wrong."""

    # The handler of each of the room's queues, by the queue's URL.
    queues: ClassVar[dict[str, str]] = {}

    def __init__(self, world: "World") -> None:
        self.world = world
        self.random = world.random
        self.clients = world.clients

    def open(self) -> None:
        """Make what a history starts with, before anything may fail."""

    def actions(self) -> Iterable[Action]:
        """What may happen next."""
        return ()

    def spoilers(self) -> Iterable[Callable[[], Any]]:
        """What may take away, meanwhile, what the request in hand counts on."""
        return ()

    def changed(self, changes: list[Change]) -> None:
        """Check what one call has changed."""

    def finish(self) -> None:
        """Run the room's jobs, so that nothing stays half done."""

    def drained(self) -> None:
        """Check what must hold once everything has arrived."""

    def job(self, name: str, **by_hand: str) -> bool:
        """Run a scheduled handler, or call it by hand; whether it came to its end."""
        self.world.say(f"  {name}")
        event = by_hand or {"source": "aws.scheduler"}
        return self.world.deliveries.invoke(name, event) is not None

    def as_staff(self, api: Api, path: str, body: Any = None, **options: Any) -> None:
        """Ask for something, have colleagues approve it where that is asked for, and do it.

        Any of it may be refused or find no answer, and is given up then.
        """
        asked = {"key": f"staff-{self.random.randrange(10**9)}", **options}
        proposal = self.clients.change(api, "POST", path, body, **asked)
        if not proposal or "approval_id" not in proposal:
            return
        decision = {"content_digest": proposal["content_digest"]}
        for step in range(len(proposal["levels"])):
            colleague = http.staff(staff_id=f"stf_colleague_{step}")
            approve = f"/approvals/{proposal['approval_id']}/approve"
            self.clients.change(approvals, "POST", approve, decision, principal=colleague)
        headers = {"approval-id": proposal["approval_id"]}
        self.clients.change(api, "POST", path, body, headers=headers, **asked)

    def rows(self, table: str) -> list[dict[str, Any]]:
        """What a table holds."""
        return list(self.world.stored.rows[table].values())
