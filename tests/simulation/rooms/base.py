"""What the world asks of each room's part."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from tests.simulation.stored import Change

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

    def job(self, name: str) -> bool:
        """Run a scheduled handler; whether it came to its end."""
        self.world.say(f"  {name}")
        return self.world.deliveries.invoke(name, {"source": "aws.scheduler"}) is not None

    def rows(self, table: str) -> list[dict[str, Any]]:
        """What a table holds."""
        return list(self.world.stored.rows[table].values())
