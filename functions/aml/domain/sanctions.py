"""A sanctions list as it is published, read into entries: OFAC's SDN list with its file of aliases.

The files are CSV without a header (OFAC, "Specially Designated Nationals List: data format"); `-0-` is null.
SDN: ent_num, name, type, programme, title, ..., remarks. ALT: ent_num, alt_num, type, name, remarks.
"""

import csv
import functools
import io
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from bank import ids

NULL = "-0-"
SCHEMAS = {"individual": "Person", "vessel": "Vessel", "aircraft": "Vessel"}
# Aliases that OFAC calls weak stand in the remarks, in quotes: short or common, alone they mean little. An
# apostrophe within does not end one: a remark ends with a semicolon, the last with a full stop.
WEAK_ALIAS = re.compile(r"(?:a\.k\.a\.|alt\.) '(.+?)'(?=;|\.?\s*$)")
QUOTED = re.compile(r"^'(.+)'$")
DATE = r"(?:circa |c\. ?)?(?:\d{1,2} )?(?:[A-Z][a-z]{2} )?(\d{4})"
BIRTH_YEARS = re.compile(rf"\bDOB {DATE}(?:(?: to |-){DATE})?")
PLAIN_TITLE = re.compile(r"\s+")


@dataclass(frozen=True)
class Entry:
    """One listed person, organisation or vessel. `years` are the years of birth that the list gives,
    of a range each."""

    entry_id: str
    schema: str
    programme: str
    names: tuple[str, ...]
    weak: tuple[str, ...] = ()
    years: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """The name that the entry stands under."""
        return self.names[0]

    @functools.cached_property
    def digest(self) -> str:
        """Changes when the entry does."""
        return ids.digest(asdict(self))[:32]

    @classmethod
    def of(cls, kept: dict[str, Any]) -> "Entry":
        """The inverse of `dataclasses.asdict`, through JSON."""
        lists = {name: tuple(kept[name]) for name in ("names", "weak", "years")}
        return cls(**{**kept, **lists})


class UnreadableList(ValueError):
    """The file is no list of the format that it is said to be."""


def read_ofac(sdn: str, alt: str) -> list[Entry]:
    """The entries of OFAC's SDN list with their aliases, in the list's order."""
    aliases: dict[str, list[str]] = {}
    for row in _rows(alt, 5):
        aliases.setdefault(row[0].strip(), []).append(_plain(row[3]))
    entries = [_entry(row, aliases.get(row[0].strip(), [])) for row in _rows(sdn, 12)]
    if not entries:
        raise UnreadableList("no entries")
    return entries


def _rows(text: str, columns: int) -> Iterator[list[str]]:
    for number, row in enumerate(csv.reader(io.StringIO(text)), start=1):
        # The files end with a control character (Ctrl-Z) of older days.
        if not row or (len(row) == 1 and not row[0].strip("\x1a \r\n")):
            continue
        if len(row) != columns or not row[0].strip().isdigit():
            raise UnreadableList(f"line {number} is no entry")
        yield row


def _entry(row: list[str], aliases: list[str]) -> Entry:
    remarks = "" if row[11].strip() == NULL else row[11]
    schema = SCHEMAS.get(row[2].strip().strip('"').lower(), "Organization")
    return Entry(
        entry_id=row[0].strip(),
        schema=schema,
        programme=_plain(row[3]).replace("] [", ", "),
        names=tuple(dict.fromkeys([_plain(row[1]), *aliases])),
        weak=tuple(dict.fromkeys(QUOTED.sub(r"\1", alias) for alias in WEAK_ALIAS.findall(remarks))),
        years=tuple(sorted({year for found in BIRTH_YEARS.findall(remarks) for year in _years(*found)})),
    )


def _years(first: str, last: str) -> range:
    """The years of "1977", or of "1977 to 1985"."""
    begin, end = sorted((int(first), int(last or first)))
    return range(begin, end + 1)


def _plain(field: str) -> str:
    return PLAIN_TITLE.sub(" ", field).strip()
