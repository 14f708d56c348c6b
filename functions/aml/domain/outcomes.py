"""Outcome of a screening: by its hits, and by staff's earlier decisions on them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from bank import ids

if TYPE_CHECKING:
    from aml.domain.index import Hit

CERTAIN = 0.995
# Each of these is a doubt that a person has to judge, however well the letters agree.
DOUBTS = frozenset(
    (
        "weak_alias",
        "other_kind",
        "script",
        "han",
        "extra_words",
        "number_differs",
        "number_on_one_side",
        "legal_form_differs",
        "birth_year_differs",
        "patronymic_turned_round",
    )
)
BORN_THEN = "birth_year_agrees"


class Outcome(StrEnum):
    """Of a screening. `pending`: there is no list yet to screen against."""

    PENDING = "pending"
    NO_HIT = "no_hit"
    IN_REVIEW = "in_review"
    CONFIRMED = "confirmed"


class Trigger(StrEnum):
    """Triggers of a screening."""

    REQUEST = "request"
    VERIFICATION = "verification"
    LIST = "list"
    DAILY = "daily"


@dataclass(frozen=True)
class Cleared:
    """Staff's finding that a subject is not an entry, under its name and the entry as they then were."""

    entry_digest: str
    name_fingerprint: str


def hit_of(hit: "Hit") -> dict[str, Any]:
    """A hit as it is kept with a screening; `digest` changes when the entry does."""
    return {
        "entry_id": hit.entry_id,
        "alias": hit.alias,
        "schema": hit.schema,
        "programme": hit.programme,
        "score": round(hit.score * 10_000),
        "reasons": list(hit.reasons),
        "digest": hit.digest,
    }


def open_hits(
    hits: Iterable[dict[str, Any]], cleared: Mapping[str, Cleared], fingerprint: str
) -> list[dict[str, Any]]:
    """The hits that nobody has cleared; one is cleared until the name or the entry changes."""
    return [hit for hit in hits if cleared.get(hit["entry_id"]) != Cleared(hit["digest"], fingerprint)]


def outcome(hits: list[dict[str, Any]]) -> Outcome:
    """No hit, one that leaves no doubt, or one to be looked at."""
    if not hits:
        return Outcome.NO_HIT
    return Outcome.CONFIRMED if any(map(certain, hits)) else Outcome.IN_REVIEW


def certain(hit: dict[str, Any]) -> bool:
    """Return whether a hit is certain: the name agrees whole, and for a person the year of birth."""
    if hit["score"] < CERTAIN * 10_000 or DOUBTS & set(hit["reasons"]):
        return False
    return hit["schema"] != "Person" or BORN_THEN in hit["reasons"]


def standing(hits: Iterable[dict[str, Any]], fingerprint: str) -> str:
    """Return a digest of the name and its hits, so that screening again tells only of new ones."""
    return ids.digest([fingerprint, sorted((hit["entry_id"], hit["digest"]) for hit in hits)])
