"""Guessing costs time, and costs it whoever guesses: failures count by the source of tries at a target.

A source is a device that the target has logged in from and whose secret is shown (OWASP's "device cookies"),
or everybody else: strangers, who share one count. So strangers can lock strangers out, and not the owner's
own devices. After five failures in a row each further try has to wait, twice as long each time; after a
hundred (NIST SP 800-63B-4, section 3.2.2) no stranger is heard for ninety days.

Nor do they lock the owner out who comes as a stranger with things of different kinds. While strangers wait,
such a try is judged as a whole: unless all are right, nobody is told of any, and who guessed at one beside
another that was right is counted as above, for that combination: whoever has a part of one locks no other.
Nothing right tells nothing: a thousand an hour, so that a code of six digits and a password are met together
once in ages. Where one of them cannot be guessed, there is no such bound.

A try is counted *before* the secret is compared, by a write that only succeeds while the count is what was
read and no lock is on. What is judged as a whole is right, and opens a session, only while no other such try
was counted since it began. However many guesses come at once, so many count as if they had come one by one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from bank import clock, store
from bank.observability import logger
from bank.store import Item, Table, Transaction

FREE, MOST = 5, 100
FIRST_WAIT, LONGEST_WAIT, SHUT = timedelta(minutes=1), timedelta(hours=24), timedelta(days=90)
WHOLE_AN_HOUR = 1000
KEPT = SHUT + timedelta(days=1)


class TryRefused(Exception):
    """A refusal of a try; `retry_after`: seconds until another one can count, 0 for at once."""

    def __init__(self, retry_after: int = 0) -> None:
        super().__init__("not right, or tried too often")
        self.retry_after = retry_after


class Locked(TryRefused):
    """No try may be made now. Callers answer it as they answer a wrong secret."""


class TriesRow(Table):
    """Mixin of a room's table of tries: failures in a row, and until when none is taken.

    Its hash key is `challenge`; `purge_at` is its TTL. `made`: tries of an hour, where these are counted.
    """

    challenge = UnicodeAttribute(hash_key=True)
    failures = NumberAttribute(default=0)
    locked_until = UnicodeAttribute(null=True)
    made = NumberAttribute(null=True)
    purge_at = NumberAttribute(null=True)

    def locked(self) -> bool:
        """Return whether no try is taken now."""
        return bool(self.locked_until) and clock.instant() < str(self.locked_until)


RowT = TypeVar("RowT", bound=TriesRow)


def wait(failures: int) -> timedelta:
    """Return how long no try is allowed after so many failures in a row."""
    if failures < FREE:
        return timedelta(0)
    if failures >= MOST:
        return SHUT
    return min(LONGEST_WAIT, FIRST_WAIT * (1 << min(failures - FREE, 16)))


def take(model: type[RowT], challenge: str) -> int:
    """Count one try as failed, before it is judged; how many in a row that makes. Raises Locked.

    `forgive` takes them back. One read and one write.
    """
    fresh = model(challenge=challenge)
    return store.retry_on_conflict(lambda: _take(model, store.get(model, challenge) or fresh))


def forgive(transaction: Transaction, model: type[RowT], challenge: str) -> None:
    """With what the right secret opens: no failures in a row any more."""
    transaction.update((model, challenge), _forgiven(model), _anyhow(model), store.stale)


def forgive_all(
    transaction: Transaction, model: type[RowT], target: str, ways: Iterable[str], device: str | None = None
) -> None:
    """With what replaces secrets guessed at: by strangers, alone or in `ways` combined, and by a device."""
    for source in sorted({_source(target), _source(target, device), *(_half(target, way) for way in ways)}):
        forgive(transaction, model, source)


@dataclass(frozen=True)
class Attempt(Generic[RowT]):
    """A try that was counted, or will be once it is judged: by `judge`, and if that lets it by, `succeed`."""

    model: type[RowT]
    # Of the source that is counted, and how long it has to wait if this try fails.
    source: str
    retry_after: int
    # Of a stranger who shows a combination: guesses at a part of it, as read; keys of what else counts.
    half: RowT | None = None
    hour: str = ""
    decoy: str = ""
    # Whether the trail has told of it, counting it being a write of its own, or of a thousand in this hour.
    told: bool = True

    def judge(self, *right: bool) -> None:
        """Raise TryRefused unless all that was shown is `right`, and a guesser would be heard now.

        Some of it right counts as a guess at the rest.
        """
        if all(right) and not (self.half and self.half.locked()):
            self._require_first()
            return
        if self.half is not None:
            self._count(half=any(right) and not all(right))
        raise TryRefused(self.retry_after)

    def succeed(self, transaction: Transaction) -> None:
        """Forgive the source's failures in the transaction that lets somebody in.

        It raises TryRefused where a guess of one of two was counted meanwhile.
        """
        forgive(transaction, self.model, self.source)
        if self.half is not None:
            transaction.update(
                (self.model, self.half.challenge), _forgiven(self.model), _unchanged(self.half), self._passed
            )

    def _require_first(self) -> None:
        """One write, before anything that is refused later tells that all was right."""
        if self.half is None:
            return
        transaction = Transaction()
        key = (self.model, self.half.challenge)
        transaction.check(key, _unchanged(self.half), self._passed)
        transaction.commit(told=False)

    def _count(self, *, half: bool) -> None:
        """Two writes, whatever was right, so that their time tells nothing, told of unless the try was."""
        assert self.half is not None
        made, transaction = self.model.made, Transaction()
        purge = _purge_after(self.model, timedelta(hours=2))
        hour: list[Action] = [made.set((made | 0) + 1), purge]
        transaction.update((self.model, self.hour), hour, _anyhow(self.model), store.stale)
        key, condition, actions = self.decoy, _anyhow(self.model), _failed(self.model, 0)
        if half and not self.half.locked():
            key, failures = self.half.challenge, int(self.half.failures) + 1
            condition, actions = _unchanged(self.half), _failed(self.model, failures)
            logger.warning("one of several factors was right", target=key, failures=failures)
        transaction.update((self.model, key), actions, condition, store.stale)
        try:
            transaction.commit(told=not self.told)
        except store.Stale:
            return  # Another was counted while this one was judged, which could not have opened anything.

    def _passed(self, _: Item | None) -> Exception:
        return TryRefused(self.retry_after)


def begin(
    model: type[RowT], target: str, *, device: str | None = None, combination: str = "", hourly: bool = True
) -> Attempt[RowT]:
    """Count a try at `target` before it is judged. Raises Locked.

    `device`: the known device it comes from, verified; else a stranger's. `combination`: a name of what is
    shown, where it is several things of different kinds. `hourly`: whether all of them can be guessed, so
    that tries of which nothing is right are bounded too. One read and one write.
    """
    source, half = _source(target, device), _half(target, combination)
    decoy, hour = f"{_source(target)}#none", f"{_source(target)}#{clock.now():%Y-%m-%dT%H}"
    whole = bool(combination) and not device

    def attempt() -> Attempt[RowT]:
        counts, halves, tries = store.get_many([(model, source), (model, half), (model, hour)])
        counts, halves = counts or model(challenge=source), halves or model(challenge=half)
        if not whole:
            return Attempt(model, source, int(wait(_take(model, counts)).total_seconds()))
        made, taken = int(tries.made or 0) if tries is not None else 0, not counts.locked()
        if taken:
            _take(model, counts)
        elif hourly and made >= WHOLE_AN_HOUR:
            raise Locked(min(_left(counts), _left_of_the_hour()))
        return Attempt(model, source, 0, halves, hour, decoy, told=taken or made >= WHOLE_AN_HOUR)

    return store.retry_on_conflict(attempt)


def _source(target: str, device: str | None = None) -> str:
    return f"guessing#{target}" + (f"#{device}" if device else "")


def _half(target: str, combination: str) -> str:
    return f"{_source(target)}#half#{combination}"


def _take(model: type[RowT], row: RowT) -> int:
    """Count one more failure on a row as it was read. Raises Locked, Stale."""
    if row.locked():
        raise Locked(_left(row))
    made, transaction = int(row.failures) + 1, Transaction()
    transaction.update((model, row.challenge), _failed(model, made), _unchanged(row), store.stale)
    transaction.commit()
    return made


def _failed(model: type[RowT], failures: int) -> list[Action]:
    locked_until = clock.instant(clock.now() + wait(failures))
    return [
        model.failures.set(failures),
        model.locked_until.set(locked_until),
        _purge_after(model, KEPT),
    ]


def _forgiven(model: type[RowT]) -> list[Action]:
    return [model.failures.set(0), model.locked_until.remove(), _purge_after(model, KEPT)]


def _purge_after(model: type[RowT], kept: timedelta) -> Action:
    return model.purge_at.set(int((clock.now() + kept).timestamp()))


def _unchanged(row: TriesRow) -> Condition:
    """Nothing was counted on the row since it was read; one that is not there has counted nothing."""
    failures = type(row).failures
    unchanged: Condition = failures == int(row.failures)
    return unchanged if row.failures else unchanged | failures.does_not_exist()


def _anyhow(model: type[TriesRow]) -> Condition:
    anyhow: Condition = model.challenge.exists() | model.challenge.does_not_exist()
    return anyhow


def _left(row: TriesRow) -> int:
    return clock.seconds_until(clock.parse(row.locked_until)) if row.locked_until else 0


def _left_of_the_hour() -> int:
    return 3600 - int(clock.now().timestamp()) % 3600
