"""Sanctions lists: announced, uploaded, published."""

from aml import rendering, schemas
from aml.routes.api import BANK, STAFF, app
from aml.service import access, lists
from bank import errors
from bank.access import acts
from bank.control import audit
from bank.http import Answer, Call


@app.post(
    "/sanctions-lists",
    act=acts.alone(acts.GUARD, "nothing is screened against it before it is published"),
    scope="aml:manage",
    callers=STAFF,
    status=201,
    body=schemas.AnnounceList,
    answer=schemas.ListAnswer,
)
def announce_list(call: Call, body: schemas.AnnounceList) -> Answer:
    """Announce a version of a list; the answer says where to put its files. Same files, same version."""
    access.require_reviewer(call.principal)
    call.principal.require_head_office()
    digests = {"sdn": body.sdn_sha256, "alt": body.alt_sha256}
    row, known = lists.announce(name=body.name, digests=digests, actor=audit.actor(call))
    return Answer(rendering.sanctions_list(row), replayed=known)


@app.get(
    "/sanctions-lists/{list_id}",
    scope="aml:read",
    callers=BANK,
    answer=schemas.ListAnswer,
    problems=[errors.NotFound],
)
def get_list(call: Call, list_id: str) -> schemas.ListAnswer:
    """A version of a list."""
    access.require_reviewer(call.principal)
    return rendering.sanctions_list(lists.find(list_id))


@app.post(
    "/sanctions-lists/{list_id}/publication",
    act=acts.approved(acts.GUARD),
    scope="aml:manage",
    callers=STAFF,
    answer=schemas.ListAnswer,
    problems=[errors.NotFound, lists.NotThatFile, errors.Conflict],
)
def publish_list(call: Call, list_id: str) -> Answer:
    """Screen against this version from now on: everybody is screened again. Once."""
    access.require_reviewer(call.principal)
    call.principal.require_head_office()
    row, known = lists.publish(list_id=list_id, actor=audit.actor(call))
    return Answer(rendering.sanctions_list(row), replayed=known)
