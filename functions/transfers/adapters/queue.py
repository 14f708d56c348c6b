"""Messages of the queue of lines: turns of lanes, and chunks alone."""

import json
from dataclasses import asdict, dataclass

from bank.events import queues
from transfers.domain.batch_file import Line
from transfers.settings import settings


@dataclass(frozen=True)
class Chunk:
    """A chunk of a batch's lines that is paid alone: one that its lane could not pay.

    Those of release 0.1 were sent with their lines. Where there are none the file has them.
    """

    batch_id: str
    chunk: int
    lines: tuple[Line, ...] | None = None


@dataclass(frozen=True)
class Turn:
    """The turn `number` of a lane, from 1. Of several messages for one turn the lane takes one `holder`'s."""

    lane_id: str
    number: int
    holder: str


def message_of(body: str) -> Chunk | Turn:
    """The message of a body."""
    values = json.loads(body)
    if "lane_id" in values:
        return Turn(**values)
    lines = values.get("lines")
    if lines is not None:
        lines = tuple(Line(number, tuple(cells)) for number, *cells in lines)
    return Chunk(values["batch_id"], values["chunk"], lines)


def send(message: Chunk | Turn) -> None:
    """Put a message on the queue. Raises NotSent when it was refused."""
    values = {name: value for name, value in asdict(message).items() if value is not None}
    queues.send(settings.batch_lines_queue_url, [json.dumps(values)])
