"""Settings of this room from template.yaml, besides those of every function. Read once, at import."""

import os
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Settings:
    """`enrolment`: how long somebody has, from the enrolment secret's message to their first login."""

    enrolment: timedelta


def _read() -> Settings:
    return Settings(enrolment=timedelta(hours=int(os.environ.get("ENROLMENT_HOURS", "24"))))


settings = _read()
