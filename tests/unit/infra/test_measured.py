"""How long each part took and how much memory, and the end at the first that fails."""

import subprocess
import sys

import pytest

from infra import local, measured

HELD = 64 * 2**20
# Starts a process that holds memory, through one that ends at once, and measures before and after.
ORPHANED = f"""
import subprocess, sys
from infra import measured

holds = "held = b'x' * {HELD}; print(flush=True); input()"
starts = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {{holds!r}}])"
measured._adopt_orphans()
before, after = measured.Peak(), measured.Peak()
before.look()
parent = subprocess.Popen([sys.executable, "-c", starts], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
parent.stdout.readline()
parent.wait()
after.look()
parent.stdin.close()
print(after.bytes - before.bytes)
"""


def test_parts_run_in_order_up_to_the_first_that_fails(capsys: pytest.CaptureFixture[str]) -> None:
    done: list[str] = []

    def act(part: str) -> int:
        done.append(part)
        return {"second": 3}.get(part, 0)

    assert measured.run(["first", "second", "third"], act) == 3
    assert done == ["first", "second"]
    said = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert said[:3] == ["first", "second", "all"]


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_what_a_process_holds_counts_although_the_one_that_started_it_has_ended() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", ORPHANED], cwd=local.ROOT, capture_output=True, text=True, check=True
    )

    assert int(ran.stdout) > HELD
