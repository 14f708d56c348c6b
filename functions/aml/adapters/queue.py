"""The queue of rescreening: one message is one stretch of one shard of those who are screened."""

from pydantic import BaseModel, ConfigDict

from aml.settings import settings
from bank.events import queues


class Stretch(BaseModel):
    """Range of subjects to screen: those of `shard` after `after`. `run` says why and since when."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, hide_input_in_errors=True)
    shard: str
    run: str
    after: str = ""


def send(stretches: list[Stretch]) -> None:
    """Queue them. Raises NotSent."""
    queues.send(settings.rescreens_queue_url, (stretch.model_dump_json() for stretch in stretches))
