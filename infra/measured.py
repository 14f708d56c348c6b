"""Say how long each part of a run took, and how much memory all of it used at its peak.

    python -m infra.measured PART...

Each part is a target of the Makefile. They run one after the other; the first that fails ends the run.
"""

import ctypes
import os
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from infra import local

PROCESSES = Path("/proc")
PR_SET_CHILD_SUBREAPER = 36
EVERY_SECONDS = 5.0
GIGABYTE = 2**30


class Peak:
    """The most memory that this process, its descendants and a MiniStack that ran before held together.

    Counted in proportional set sizes: a page that several processes share counts once. 0 where there is no
    /proc to read them from.
    """

    def __init__(self) -> None:
        self.bytes = 0

    def look(self) -> None:
        """Measure once."""
        roots = {pid for pid in (os.getpid(), local.running_pid()) if pid}
        self.bytes = max(self.bytes, sum(map(_proportional_bytes, _family(roots))))


@contextmanager
def watched(peak: Peak) -> Iterator[None]:
    """Measure again and again, in a thread."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(EVERY_SECONDS):
            peak.look()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _family(roots: set[int]) -> set[int]:
    """Processes and all that descends from them."""
    children: defaultdict[int, list[int]] = defaultdict(list)
    for status in PROCESSES.glob("[0-9]*/stat"):
        try:
            # The name, in brackets, may hold blanks; the parent is the second field after it.
            parent = int(status.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        children[parent].append(int(status.parent.name))
    found, waiting = set(), list(roots)
    while waiting:
        pid = waiting.pop()
        if pid not in found:
            found.add(pid)
            waiting += children[pid]
    return found


def _proportional_bytes(pid: int) -> int:
    try:
        lines = (PROCESSES / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def _adopt_orphans() -> None:
    """Stay the ancestor of what a part leaves running, as MiniStack is. (Linux; elsewhere nothing.)"""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def run(parts: Sequence[str], act: Callable[[str], int]) -> int:
    """Do each part; the status of the first that failed, or 0. Prints what was measured."""
    peak, took, status = Peak(), {}, 0
    with watched(peak):
        for part in parts:
            started = time.monotonic()
            status = act(part)
            took[part] = time.monotonic() - started
            if status:
                break
    print(_table(took, peak.bytes), flush=True)
    return status


def _table(took: dict[str, float], peak: int) -> str:
    lines = [f"{part:<10}{seconds:7.0f} s" for part, seconds in {**took, "all": sum(took.values())}.items()]
    return "\n".join([*lines, *([f"{'memory':<10}{peak / GIGABYTE:7.1f} GB at its peak"] if peak else [])])


def _make(target: str) -> int:
    return subprocess.run(
        [os.environ.get("MAKE", "make"), "--no-print-directory", target], check=False
    ).returncode


def main() -> int:
    """Run the parts that are named."""
    if len(sys.argv) < 2:
        print(__doc__)
        return 2
    _adopt_orphans()
    try:
        return run(sys.argv[1:], _make)
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
