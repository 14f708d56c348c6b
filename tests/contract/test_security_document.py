"""docs/security.md names where each item is met: what it names is there."""

import re

import pytest

from infra.contract import ROOT

TEXT = (ROOT / "docs" / "security.md").read_text()
NAMED = sorted(set(re.findall(r"`((?:functions|tests|infra|docs|bank)/[\w./-]+)`", TEXT)))


@pytest.mark.parametrize("path", NAMED)
def test_what_the_document_names_is_there(path: str) -> None:
    """Moved or renamed, it must be named anew."""
    place = path.replace("bank/", "layers/bank/python/bank/", 1) if path.startswith("bank/") else path

    assert (ROOT / place).exists()


def test_every_chapter_and_every_risk_has_a_row() -> None:
    """ASVS 5.0 has 17 chapters, the API list ten risks."""
    assert re.findall(r"^\| V(\d+) ", TEXT, re.M) == [str(number) for number in range(1, 18)]
    assert re.findall(r"^\| API(\d+) ", TEXT, re.M) == [str(number) for number in range(1, 11)]
