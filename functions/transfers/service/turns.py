"""Turns: lanes pay a chunk or two, account by account, and put their next turn at the queue's end.

A lane has one turn under way, whatever is sent twice or breaks off: a message begins a turn only where the
one before has ended, and its `holder` alone may go on with it. Nothing that waits is forgotten: who brings
work looks then whether the lane rests, and who has ended a turn looks then whether something waits.
"""

from dataclasses import asdict, replace

from bank import clock, ids, store
from bank.observability import logger
from bank.store import Transaction
from transfers.adapters import queue
from transfers.adapters.queue import Chunk, Turn
from transfers.domain.batch_file import chunk_count
from transfers.domain.lanes import LANES, LOST_AFTER, TURN_CHUNKS, Lane, Step, first_chunks, step_of
from transfers.service import lines
from transfers.tables import TURN, BatchRow, LaneRow, WaitingRow, lane_key, waiting


def hand_out(batch: BatchRow) -> None:
    """Let all chunks of a batch wait in its channel's lanes. Raises NotSent; doing it again does no harm."""
    last = chunk_count(int(batch.total_count))
    for number, chunk in first_chunks(batch.batch_id, last).items():
        lane_id = lane_key(batch.client_id, number)
        store.put_new(WaitingRow.of(batch, lane_id=lane_id, chunk=chunk, last=last))
        _wake(lane_id)


def _wake(lane_id: str) -> None:
    """Call a quiet lane's next turn. That is noted when the message is sent: no note is without a message."""
    lane = _lane(lane_id)
    if lane.is_lost(clock.instant(clock.now() - LOST_AFTER)):
        logger.warning("a lane's turn was lost", lane_id=lane_id, **asdict(lane))
        _change(lane_id, lane, lane.given_up())
        lane = _lane(lane_id)
    if lane.is_quiet:
        _call_next(lane_id, lane)
        _change(lane_id, lane, replace(lane, called=lane.begun + 1))


def take(turn: Turn) -> None:
    """Take a turn. Raises NotSent, Unavailable and what botocore raises: then it comes again."""
    lane = _lane(turn.lane_id)
    step = step_of(lane, turn.number, turn.holder)
    if step is Step.BEGIN:
        _begin(turn, lane)
    elif step is Step.RESUME:
        _end(turn, lane, after=_set_aside_next(turn.lane_id, lane))
    elif step is Step.PASS_ON and _next(turn.lane_id) is not None:
        _call_next(turn.lane_id, lane)
    else:
        logger.info("a turn with nothing to do", lane_id=turn.lane_id, turn=turn.number, step=step.name)


def _begin(turn: Turn, lane: Lane) -> None:
    begun = replace(lane, begun=turn.number, holder=turn.holder)
    if _change(turn.lane_id, lane, begun):
        _end(turn, begun, after=_pay_some(turn.lane_id, begun))
    else:
        # Another message has begun it, or this one, delivered twice at once.
        take(turn)


def _end(turn: Turn, lane: Lane, *, after: str) -> None:
    """End the turn, and call the next where something waits or came while the end was written."""
    waits = _next(turn.lane_id) is not None
    ended = replace(lane, ended=turn.number, called=turn.number + waits, after=after)
    if not _change(turn.lane_id, lane, ended):
        take(turn)
    elif waits or _next(turn.lane_id) is not None:
        _call_next(turn.lane_id, ended)


def _pay_some(lane_id: str, lane: Lane) -> str:
    """Pay the chunks that are next; the account that was served last."""
    after = lane.after
    for _ in range(TURN_CHUNKS):
        row = _next(lane_id, after)
        if row is None:
            break
        try:
            lines.take_chunk(row.batch_id, int(row.chunk))
        except Exception:
            logger.exception("a chunk failed", batch_id=row.batch_id, chunk=int(row.chunk))
            _send_alone(row)
        _advance(row)
        after = row.from_account_id
    return after


def _set_aside_next(lane_id: str, lane: Lane) -> str:
    """Have the chunk paid alone of which somebody may have died in this turn; the account that it is of."""
    row = _next(lane_id, lane.after)
    if row is None:
        return lane.after
    _send_alone(row)
    _advance(row)
    return str(row.from_account_id)


def _send_alone(row: WaitingRow) -> None:
    queue.send(Chunk(row.batch_id, int(row.chunk)))


def _advance(row: WaitingRow) -> None:
    row.chunk = int(row.chunk) + LANES
    if row.chunk <= int(row.last):
        row.save()
    else:
        row.delete()


def _next(lane_id: str, after: str = "") -> WaitingRow | None:
    """The first that waits of the next account after this one, round and round."""
    for bounds in (waiting(after), waiting()) if after else (waiting(),):
        for row in store.query(WaitingRow, lane_id, WaitingRow.record.between(*bounds), limit=1):
            return row
    return None


def _lane(lane_id: str) -> Lane:
    row = store.get(LaneRow, lane_id, TURN)
    return row.lane if row else Lane()


def _call_next(lane_id: str, lane: Lane) -> None:
    queue.send(Turn(lane_id, lane.begun + 1, ids.new("trn")))


def _change(lane_id: str, before: Lane, after: Lane) -> bool:
    """Write where a lane is; False, and nothing, where another turn began or this one ended meanwhile."""
    written = asdict(replace(after, at=clock.instant()))
    actions = [getattr(LaneRow, name).set(value) for name, value in written.items()]
    unchanged = (LaneRow.begun == before.begun) & (LaneRow.ended == before.ended)
    if not before.begun:
        unchanged |= LaneRow.begun.does_not_exist()
    transaction = Transaction()
    transaction.update((LaneRow, lane_id, TURN), actions, unchanged, store.stale)
    try:
        transaction.commit()
    except store.Stale:
        return False
    return True
