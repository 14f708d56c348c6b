"""The about room over its HTTP function."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from about import app as about
from tests.support.http import call

DOCUMENT = '{"openapi": "3.0.3", "info": {"title": "Perkbank", "version": "1"}, "paths": {}}'


@pytest.fixture
def document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A document of its own, so that the generated one may say what it likes."""
    path = tmp_path / "openapi.json"
    path.write_text(DOCUMENT)
    monkeypatch.setattr(about, "DOCUMENT", path)
    about._document.cache_clear()
    yield path
    about._document.cache_clear()


def test_it_says_that_it_is_up_to_anybody() -> None:
    reply = call(about.app, "GET", "/health", client_id=None)

    assert (reply.status, reply.json) == (200, {"status": "ok"})


def test_the_document_is_served_as_it_is_to_anybody(document: Path) -> None:
    reply = call(about.app, "GET", "/openapi.json", client_id=None)

    assert reply.status == 200
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.headers["Cache-Control"] == "public, max-age=300"
    assert reply.json == json.loads(DOCUMENT)


def test_the_document_is_read_once(document: Path) -> None:
    call(about.app, "GET", "/openapi.json", client_id=None)
    document.unlink()

    assert call(about.app, "GET", "/openapi.json", client_id=None).status == 200
