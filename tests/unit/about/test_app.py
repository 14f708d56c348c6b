"""The about room over its HTTP function."""

from pathlib import Path

import pytest

from about import app as about
from tests.support.http import Reply, call

WHOLE = '{"openapi": "3.0.3", "info": {"title": "Perkbank", "version": "1"}, "paths": {}}'
PAYMENTS = '{"openapi": "3.0.3", "info": {"title": "Perkbank: payments", "version": "1"}, "paths": {}}'
ADDRESSES = pytest.mark.parametrize(
    ("path", "document"), [("/openapi.json", WHOLE), ("/openapi/payments", PAYMENTS)]
)


@pytest.fixture(autouse=True)
def documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Documents of its own, so that the generated ones may say what they like."""
    (tmp_path / "openapi").mkdir()
    (tmp_path / "openapi.json").write_text(WHOLE)
    (tmp_path / "openapi" / "payments.json").write_text(PAYMENTS)
    monkeypatch.setattr(about, "DOCUMENTS", tmp_path)
    return tmp_path


def get(path: str, **headers: str) -> Reply:
    """What anybody gets who shows no token."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return call(about.app, "GET", path, client_id=None, headers=sent)


def test_it_says_that_it_is_up_to_anybody() -> None:
    reply = get("/health")

    assert (reply.status, reply.json) == (200, {"status": "ok"})


@ADDRESSES
def test_a_document_is_served_as_it_is_to_anybody(path: str, document: str) -> None:
    reply = get(path)

    assert (reply.status, reply.body) == (200, document)
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.headers["Cache-Control"] == "public, max-age=300"


@ADDRESSES
def test_a_client_that_has_the_document_does_not_get_it_again(path: str, document: str) -> None:
    tag = get(path).headers["ETag"]

    for has in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        reply = get(path, if_none_match=has)

        assert (reply.status, reply.body) == (304, "")
        assert reply.headers["ETag"] == tag
        assert reply.headers["Cache-Control"] == "public, max-age=300"


@ADDRESSES
def test_a_client_that_has_another_document_gets_this_one(path: str, document: str) -> None:
    reply = get(path, if_none_match='W/"5f0c9a52", "and another"')

    assert (reply.status, reply.body) == (200, document)


def test_two_documents_have_two_tags() -> None:
    assert get("/openapi.json").headers["ETag"] != get("/openapi/payments").headers["ETag"]


@pytest.mark.parametrize("tag", ["nothing", "..", "payments.json"])
def test_a_tag_that_no_operation_has_is_not_found(tag: str) -> None:
    reply = get(f"/openapi/{tag}")

    assert (reply.status, reply.json["code"]) == (404, "not_found")


def test_a_document_is_read_once(documents: Path) -> None:
    get("/openapi.json")
    (documents / "openapi.json").unlink()

    assert get("/openapi.json").status == 200
