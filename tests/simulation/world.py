"""One history: a world of rooms, clients, streams and a clock, all driven by one seeded source of chance."""

import contextlib
import contextvars
import io
import re
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from tests.simulation.bus import Bus
from tests.simulation.clients import Clients
from tests.simulation.deliveries import Deliveries
from tests.simulation.faults import Crash, Faults
from tests.simulation.files import Files
from tests.simulation.ledger import Ledger
from tests.simulation.queues import Queues
from tests.simulation.rooms import ROOMS
from tests.simulation.rooms.base import Action
from tests.simulation.stage import Errors, stage
from tests.simulation.stored import Broken, Stored
from tests.support.embedded import AwsAnswer, AwsCall, Serve

# Near the end of a business month, so that days and months change within a history.
START = datetime(2026, 11, 29, 13, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 29, 16, 0, tzinfo=UTC)
STEPS = 150
DEPTH = 2
SKEW_SECONDS = 0.2


class Failed(AssertionError):
    """A history broke an invariant: `what`. Its text says how to see it again."""

    def __init__(self, what: str, report: str) -> None:
        super().__init__(report)
        self.what = what


class World:
    """The state of one history."""

    def __init__(self, seed: int, steps: int = STEPS, faults: dict[str, float] | None = None) -> None:
        self.seed, self.steps, self.step = seed, steps, 0
        self.random = Random(seed)
        self.trace: list[str] = []
        self._elapsed, self._skew, self._depth = timedelta(), timedelta(), 0
        # Readings of the clock until midnight strikes, where it is to strike in the middle of something.
        self._strikes_in = 0
        self.quiet = self.watching = True
        self.stored = Stored(self.now)
        self.faults = Faults(self, self.random, faults or {})
        self.bus = Bus()
        self.clients = Clients(self)
        self.deliveries = Deliveries(self)
        self.queues, self.files = Queues(self), Files(self)
        self.ledger = Ledger(self)
        self.rooms = [room(self) for room in ROOMS]
        self.errors = Errors()

    # Time and chance

    def now(self) -> datetime:
        """What the clock of the process that is running says: each is off by a little."""
        return START + self._elapsed + self._skew

    def read_clock(self) -> datetime:
        """What code under test reads; now and then midnight strikes between two readings."""
        if self._strikes_in:
            self._strikes_in -= 1
            if not self._strikes_in:
                self.passes(min(self._to_midnight() + SKEW_SECONDS, 2))
        return self.now()

    def passes(self, seconds: float) -> None:
        """Time goes by."""
        self._elapsed += timedelta(seconds=seconds)

    def wait(self) -> None:
        """Time goes by: mostly little, now and then hours, or up to just before midnight in Shanghai."""
        bound = self.random.choice([0.5, 5, 20, 61, 600, 3 * 3600, 9 * 3600, None])
        if self._depth:
            bound = min(bound or 20, 20)
        seconds = self.random.random() * bound if bound else self._to_midnight() - self.random.random()
        self.say(f"{seconds:.1f} s pass")
        self.passes(seconds)
        if not bound:
            self._strikes_in = self.random.randrange(1, 40)

    def _to_midnight(self) -> float:
        return (MIDNIGHT - START - self._elapsed).total_seconds() % (24 * 3600)

    def pause(self, attempt: int) -> None:
        """What the code does between attempts; something else may happen meanwhile."""
        self.passes(self.random.uniform(0, min(0.5, 0.02 * 2**attempt)))
        if not self.quiet and self.random.random() < 0.1:
            self.interlude()

    # What happens

    def run(self, then: Callable[["World"], None] = lambda _: None) -> None:
        """The whole history, and `then` what somebody does to what it left.

        Raises Failed, with how to see it again, where something does not hold.
        """
        with stage(self):
            try:
                for room in self.rooms:
                    room.open()
                self.quiet = False
                for step in range(1, self.steps + 1):
                    self.step = step
                    self._happen()
                self.quiet = True
                self._drain()
                self.watching = False
                then(self)
            except (Broken, Exception) as error:
                raise Failed(str(error), self._report(error)) from error

    def _happen(self) -> None:
        actions = [*self._actions(), *(action for room in self.rooms for action in room.actions())]
        chosen = self.random.choices(actions, [action.weight for action in actions])[0]
        skew, self._skew = self._skew, timedelta(seconds=self.random.uniform(-SKEW_SECONDS, SKEW_SECONDS))
        self.say(f"{self.step:3} {chosen.name}")
        try:
            chosen.act()
        finally:
            self._skew = skew

    def _actions(self) -> Iterator[Action]:
        yield Action("repeat", 2.0, self.clients.repeat)
        yield Action("other body", 0.4, self.clients.meddle)
        yield Action("delivery", 5.0, self.deliveries.deliver_some)
        yield Action("message", 1.5, self.queues.deliver_some)
        yield Action("purge", 0.2, self.stored.purge)
        yield Action("loss", 0.1, self.deliveries.lose)
        yield Action("time", 1.0, self.wait)

    @property
    def depth(self) -> int:
        """How many things are under way that are interrupted by others."""
        return self._depth

    def interlude(self) -> None:
        """A whole other thing happens in the middle of this one, as in another process."""
        if self._depth >= DEPTH:
            return
        self._depth += 1
        try:
            what: list[Callable[[], Any]] = [self._happen]
            if self.clients.in_hand:
                spoilers = [spoil for room in self.rooms for spoil in room.spoilers()]
                what += [self.clients.twin, self.clients.twin, self.random.choice(spoilers)]
            # Nor has another process the audit entry and the approval of the request in hand.
            contextvars.Context().run(self.random.choice(what))
        except Exception as error:
            # The handler around this would take it for its own.
            raise Broken(f"the simulation itself failed: {error!r}") from error
        finally:
            self._depth -= 1

    def survive(self, act: Callable[[], Any]) -> Any:
        """The result of a handler's run; None where its process crashed."""
        try:
            with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
                # Powertools warns of a handler that ended without metrics, as one that crashed does.
                warnings.simplefilter("ignore", UserWarning)
                return act()
        except Crash:
            return None

    def quietly(self, act: Callable[..., Any]) -> Callable[..., Any]:
        """The act with calls that do not fail: they are the test's own, and no code's under test."""

        def quiet(*arguments: Any) -> Any:
            before, self.quiet = self.quiet, True
            try:
                return act(*arguments)
            finally:
                self.quiet = before

        return quiet

    def serve(self, call: AwsCall, serve: Serve) -> AwsAnswer:
        """Really carry out the call, and check what it has changed."""
        self.passes(self.random.choice([0, 0.001, 0.01]))
        answer = serve(call)
        changes = self.stored.take() if self.watching else ()
        if changes:
            self.say(f"  {call.operation}: " + ", ".join(_short(change) for change in changes))
            self.ledger.changed(changes)
            for room in self.rooms:
                room.changed(changes)
        return answer

    def _drain(self) -> None:
        """Everything arrives and every client hears its answer; then the costly checks."""
        for _ in range(2):
            self.deliveries.deliver_all()
            self.queues.deliver_all()
            self.clients.finish()
            for room in self.rooms:
                room.finish()
            self.passes(120)
        while self.queues.deliver_all():
            pass
        self.deliveries.deliver_all()
        self.ledger.drained()
        for room in self.rooms:
            room.drained()

    def around(self, call: AwsCall, serve: Serve) -> AwsAnswer:
        """Each call of the code under test comes by here."""
        return self.serve(call, serve) if self.quiet else self.faults.around(call, serve)

    def say(self, what: str) -> None:
        """Add a line to the trace."""
        # Sealing takes chance of its own, and approvals tell the digests of what was sealed.
        what = re.sub(r"\b[0-9a-f]{64}\b", "...", what)
        self.trace.append(f"{self.now():%d %H:%M:%S.%f} {'    ' * self._depth}{what}")

    def summary(self) -> str:
        """What this history was made of."""
        journals, entries = (len(self.stored.rows[f"ledger-{name}"]) for name in ("journals", "entries"))
        requests = len(self.clients.sent)
        return f"{requests} requests, {self.faults.count} faults, {journals} journals, {entries} entries"

    def _report(self, error: BaseException) -> str:
        logged = [f"logged last: {self.errors.last}"] if self.errors.last else []
        again = f"python -m tests.simulation --seed {self.seed} --steps {self.steps}"
        return "\n".join(
            [f"seed {self.seed} broke at step {self.step}", *self.trace, *logged, str(error), again]
        )


def _short(change: Any) -> str:
    sign = "+" if change.old is None else "-" if change.new is None else "~"
    return f"{sign}{change.table} {'/'.join(change.key)}"
