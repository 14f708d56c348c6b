"""More records than memory should hold: on disk by the first bytes of their keys, read back in groups."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

# Records of a group, all that is in memory at once: some 200 bytes each.
GROUP = 20_000
KEY, VALUE = 16, 48


class Spill:
    """Keys of 16 bytes, spread evenly as digests are, each with a value of at most 48.

    64 bytes of disk a record. Equal keys come in one group.
    """

    def __init__(self, depth: int = 0) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="audit-")
        self._files: dict[int, BinaryIO] = {}
        self._depth = depth
        self.count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        for file in self._files.values():
            file.close()
        self._folder.cleanup()

    def add(self, key: bytes, value: bytes) -> None:
        """Keep a record. A longer value is cut."""
        first = key[self._depth]
        if first not in self._files:
            self._files[first] = (Path(self._folder.name) / str(first)).open("wb+")
        self._files[first].write(key + value[:VALUE].ljust(VALUE, b"\0"))
        self.count += 1

    def groups(self) -> Iterator[list[tuple[bytes, bytes]]]:
        """All records, in groups."""
        for first in sorted(self._files):
            yield from self._split(self._files.pop(first))

    def _split(self, file: BinaryIO) -> Iterator[list[tuple[bytes, bytes]]]:
        size = file.tell() // (KEY + VALUE)
        file.seek(0)
        with file:
            if size <= GROUP or self._depth == KEY - 1:
                yield [_record(file) for _ in range(size)]
                return
            with Spill(self._depth + 1) as finer:
                for _ in range(size):
                    finer.add(*_record(file))
                yield from finer.groups()


def _record(file: BinaryIO) -> tuple[bytes, bytes]:
    return file.read(KEY), file.read(VALUE).rstrip(b"\0")
