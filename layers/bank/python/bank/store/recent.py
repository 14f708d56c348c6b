"""Rows of lately: what very many requests read, as this process read it within `SECONDS`.

A key gives 3,000 consistent reads a second, so that what all payments read, or all to one merchant, is not
for each of them to read. Whoever may do with a row some seconds old asks for a key of `lately`; all other
keys are read as they are now. A change, whoever makes it, is seen after `SECONDS` at most. That there is no
row is kept like a row, and what neither (`Table.lasts`) is read each time.
"""

import math
from collections.abc import Mapping, Sequence

from bank import clock
from bank.store.tables import Key, Place, Table, place

# A thousand processes that read a key anew as often are 500 reads of it a second.
SECONDS = 2
# So many rows are kept, a few kilobytes each at most; who asks for one more has the oldest go. All that are
# looked at of caps that are nearly used up have room (`bank.caps`: 256 small ones each).
MOST = 4_096
_NEVER: tuple[float, Table | None] = (-math.inf, None)
_kept: dict[Place, tuple[float, Table | None]] = {}


class _Lately(tuple[type[Table], str]):
    """A key of lately; equal to the key that it is."""

    __slots__ = ()


def lately(model: type[Table], hash_key: str) -> Key:
    """The key, for whoever may be given its row as it was within `SECONDS`."""
    return _Lately((model, hash_key))


def known(keys: Sequence[Key]) -> dict[Place, Table | None]:
    """The rows kept for keys of lately, unless the same are asked for as they are now besides."""
    of_lately = [key for key in keys if isinstance(key, _Lately)]
    if not of_lately:
        return {}
    now, found = clock.now().timestamp(), {}
    for each in of_lately:
        at, row = _kept.get(place(each), _NEVER)
        # Not from the future either: tests and simulations go back in time.
        if 0 <= now - at < SECONDS:
            found[place(each)] = row
    for key in keys:
        if not isinstance(key, _Lately):
            found.pop(place(key), None)
    return found


def keep(keys: Sequence[Key], found: Mapping[Place, Table | None]) -> None:
    """Keep the rows found for those of `keys`, just read, that are of lately."""
    for key in keys:
        row = found.get(place(key))
        if isinstance(key, _Lately) and key[0].lasts(row):
            _kept.pop(place(key), None)
            _kept[place(key)] = clock.now().timestamp(), row
    while len(_kept) > MOST:
        _kept.pop(next(iter(_kept)))


def drop(keys: Sequence[Key]) -> None:
    """Read these anew when they are next asked for: their rows are known to have changed."""
    for key in keys:
        _kept.pop(place(key), None)


def forget() -> None:
    """Read everything anew, as a new process does (tests)."""
    _kept.clear()
