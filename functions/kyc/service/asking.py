"""Asking the provider, now and again until it answers: a verification without an answer is due again.

Its number is the verification's id, each time: what was asked before is answered as before. Two who ask at
once do no harm, since a verification is concluded once.
"""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from bank import clock, store
from bank.observability import logger
from bank.store import Transaction
from kyc import tables
from kyc.adapters import providers
from kyc.adapters.providers import Question, Unavailable
from kyc.domain.facts import Facts, Status
from kyc.service import concluding, sealing
from kyc.tables import Due, VerificationRow

# The first wait also covers a function that died while it asked.
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=1)
# A run stops before its time is up, so that what it has counted is told.
RESERVE_MS = 10_000
PAGE = 50


class _NotPending(Exception):
    """Somebody else got an answer, or asked, meanwhile."""


def ask(row: VerificationRow, facts: Facts) -> VerificationRow:
    """Ask the provider and keep what came of it: the record as it is then."""
    question = Question(row.verification_id, clock.parse(row.created_at), facts, row.bank)
    answer = providers.chosen().verify(question)
    if isinstance(answer, Unavailable):
        return _postpone(row)
    return concluding.conclude(row, facts, answer)


def next_ask(asks: int) -> str:
    """Return the instant of the next try after so many: twice as long each time, up to an hour."""
    return clock.instant(clock.now() + min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(asks, 10)))


def _postpone(row: VerificationRow) -> VerificationRow:
    asks, ask_at = int(row.asks), next_ask(int(row.asks))
    transaction = Transaction()
    transaction.update(
        tables.verification_key(row.verification_id),
        [VerificationRow.asks.set(asks + 1), VerificationRow.ask_at.set(ask_at)],
        (VerificationRow.status == Status.PENDING.value) & (VerificationRow.asks == asks),
        lambda _: _NotPending(),
    )
    try:
        transaction.commit()
    except _NotPending:
        return concluding.load(row.verification_id)
    row.asks, row.ask_at = asks + 1, ask_at
    return row


def ask_again(*, left_ms: Callable[[], int]) -> dict[str, int]:
    """Ask what is due; how often each outcome came. One that fails is logged, and the others are asked."""
    counts: Counter[str] = Counter()
    for shard in tables.due_shards():
        for found in VerificationRow.due.query(shard, Due.ask_at <= clock.instant(), page_size=PAGE):
            if left_ms() < RESERVE_MS:
                counts["unfinished"] += 1
                return dict(counts)
            counts[_ask_again(found.subject)] += 1
    return dict(counts)


def _ask_again(verification_id: str) -> str:
    try:
        row = concluding.load(verification_id)
        if row.status != Status.PENDING:
            return str(row.status)
        profile = store.get(*tables.profile_key(row.customer_id))
        if profile and profile.closed_at:
            # Who leaves has what is pending refused; the index of it may have been a moment late.
            return str(concluding.refuse_closed(row, int(profile.purge_at)).status)
        return str(ask(row, sealing.facts(row)).status)
    except Exception:
        logger.exception("a verification was not asked again", verification_id=verification_id)
        return "failed"
