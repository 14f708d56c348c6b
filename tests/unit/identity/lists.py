"""How the lists of the identity room are tried."""

from bank.access.clients import ClientRow
from tests.support import http
from tests.support.lists import Listed, Lists, Whole, row
from tests.support.organisation import OTHER_BRANCH, SUB_BRANCH


def _client(unit_id: str, number: int) -> str:
    client_id = f"cli_{number:02}"
    row(ClientRow, client_id=client_id, unit_id=unit_id, status="active", scopes={"accounts:read"})
    return client_id


LISTS: Lists = {
    "list_clients": [
        Listed(
            "client_id",
            lambda number: _client(SUB_BRANCH, number),
            lambda number: _client(OTHER_BRANCH, number),
            caller={"principal": http.staff(SUB_BRANCH)},
        )
    ],
    "list_client_keys": Whole("ten keys of a client"),
}
