"""Block, watch and allow lists."""

from bank import clock, errors
from bank.access import acts
from bank.control import audit
from bank.http import Call
from risk import rendering, schemas
from risk.domain.lists import AlreadyListed, Entry, Kind, ListName, NotListed, TooManyAccounts
from risk.routes.api import READERS, STAFF, app
from risk.service import lists


@app.post(
    "/risk/lists",
    act=acts.approved(acts.GUARD),
    scope="risk:write",
    callers=STAFF,
    status=201,
    body=schemas.NewEntry,
    answer=schemas.ListEntryAnswer,
    problems=[AlreadyListed, TooManyAccounts],
)
def add_to_list(call: Call, body: schemas.NewEntry) -> schemas.ListEntryAnswer:
    """Block, watch or allow a customer, device, merchant or payee from now on."""
    call.principal.require_head_office()
    entry = Entry(
        list=body.list,
        kind=body.kind,
        subject=body.subject,
        reason=body.reason,
        source="staff",
        expires_at=clock.instant(body.expires_at) if body.expires_at else None,
    )
    return rendering.entry(lists.add(entry=entry, actor=audit.actor(call)))


@app.get(
    "/risk/lists",
    scope="risk:read",
    callers=READERS,
    query=schemas.ListEntriesQuery,
    answer=schemas.ListEntryPage,
)
def list_entries_of_list(call: Call, query: schemas.ListEntriesQuery) -> schemas.ListEntryPage:
    """The entries of a list that stand."""
    call.principal.require_head_office()
    rows, last = lists.list_entries(name=query.list, kind=query.kind, after=query.after, limit=query.limit)
    return schemas.ListEntryPage(items=[rendering.entry(row) for row in rows], next_cursor=last)


@app.post(
    "/risk/lists/{list_name}/{kind}/{subject}/ending",
    act=acts.approved(acts.GUARD),
    scope="risk:write",
    callers=STAFF,
    body=schemas.Because,
    answer=schemas.ListEntryAnswer,
    problems=[errors.NotFound, NotListed, TooManyAccounts],
)
def end_list_entry(
    call: Call, list_name: str, kind: str, subject: str, body: schemas.Because
) -> schemas.ListEntryAnswer:
    """Take an entry off its list now."""
    call.principal.require_head_office()
    if list_name not in set(ListName) or kind not in set(Kind):
        raise errors.NotFound("there is no such list")
    row = lists.end(
        name=ListName(list_name),
        kind=Kind(kind),
        subject=subject,
        reason=body.reason,
        actor=audit.actor(call),
    )
    return rendering.entry(row)
