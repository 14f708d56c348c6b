"""The organisation: its units, and where they stand."""

from bank import clock, errors
from bank.access import acts, organisation
from bank.control import audit
from bank.http import Call
from staff import rendering, schemas
from staff.routes.api import READ, WRITE, app
from staff.service import units


@app.post(
    "/units",
    act=acts.RECORD,
    scope="units:write",
    status=201,
    body=schemas.NewUnit,
    answer=schemas.UnitAnswer,
    **WRITE,
)
def add_unit(call: Call, body: schemas.NewUnit) -> schemas.UnitAnswer:
    """Add a unit below another one. For the head office."""
    row = units.add(
        principal=call.principal,
        actor=audit.actor(call),
        name=body.name,
        code=body.code,
        parent_id=body.parent_id,
    )
    return rendering.unit(row, {body.parent_id})


@app.get("/units", scope="units:read", query=schemas.UnitsQuery, answer=schemas.UnitPage, **READ)
def list_units(call: Call, query: schemas.UnitsQuery) -> schemas.UnitPage:
    """The caller's unit and all below it, each with its parent as it is, or as it was `as_of` an instant."""
    as_of = clock.instant(query.as_of) if query.as_of else None
    page = units.list_units(principal=call.principal, as_of=as_of, after=query.after, limit=query.limit)
    return schemas.UnitPage(
        items=[rendering.unit(row, page.seen, as_of) for row in page.units],
        next_cursor=page.last,
    )


@app.get(
    "/units/{unit_id}", scope="units:read", answer=schemas.UnitAnswer, problems=[errors.NotFound], **READ
)
def get_unit(call: Call, unit_id: str) -> schemas.UnitAnswer:
    """One unit, with where it was before."""
    return _unit(call, units.find(principal=call.principal, unit_id=unit_id))


@app.patch(
    "/units/{unit_id}",
    act=acts.RECORD,
    scope="units:write",
    body=schemas.ChangeUnit,
    answer=schemas.UnitAnswer,
    **WRITE,
)
def change_unit(call: Call, unit_id: str, body: schemas.ChangeUnit) -> schemas.UnitAnswer:
    """Rename a unit, close it or open it again. For the head office."""
    row = units.change(
        principal=call.principal,
        actor=audit.actor(call),
        unit_id=unit_id,
        name=body.name,
        status=body.status,
    )
    return _unit(call, row)


@app.post(
    "/units/{unit_id}/moves",
    act=acts.approved(acts.DOOR),
    scope="units:write",
    status=201,
    body=schemas.NewMove,
    answer=schemas.UnitAnswer,
    **WRITE,
)
def move_unit(call: Call, unit_id: str, body: schemas.NewMove) -> schemas.UnitAnswer:
    """Put a unit, with all below it, below another one. For the head office."""
    row = units.move(
        principal=call.principal,
        actor=audit.actor(call),
        unit_id=unit_id,
        parent_id=body.parent_id,
        reason=body.reason,
    )
    return _unit(call, row)


def _unit(call: Call, row: organisation.UnitRow) -> schemas.UnitAnswer:
    seen = {unit_id for unit_id in _parents_of(row) if organisation.contains(call.principal.unit, unit_id)}
    return rendering.unit(row, seen)


def _parents_of(row: organisation.UnitRow) -> set[str]:
    former = {place["parent_id"] for place in row.history or ()}
    return {unit_id for unit_id in (row.parent_id, *former) if unit_id}
