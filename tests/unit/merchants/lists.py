"""How the lists of the merchants room are tried."""

from merchants import tables
from merchants.tables import MerchantRow
from tests.support import http
from tests.support.lists import Listed, Lists, row
from tests.support.organisation import OTHER_BRANCH, SUB_BRANCH

SHOP = {"client_id": "cli_app", "principal": http.CHANNEL}


def _merchant(client_id: str, unit_id: str, number: int, settlement: str = "T+1") -> str:
    merchant_id = f"mer_{number:02}"
    row(
        MerchantRow,
        merchant_id=merchant_id,
        client_id=client_id,
        unit_id=unit_id,
        fee={"basis_points": 60, "min": None, "max": None},
        settlement=settlement,
        cycle_shard=tables.spread(settlement, merchant_id),
        client_shard=tables.spread(client_id, merchant_id),
        unit_shard=tables.spread(unit_id, merchant_id),
    )
    return merchant_id


def _mine(number: int) -> str:
    return _merchant("cli_app", SUB_BRANCH, number)


def _theirs(number: int) -> str:
    return _merchant("cli_other", OTHER_BRANCH, number)


LISTS: Lists = {
    "list_merchants": [
        Listed("merchant_id", _mine, _theirs, caller=SHOP),
        Listed("merchant_id", _mine, _theirs, caller={"principal": http.staff(SUB_BRANCH)}),
        Listed(
            "merchant_id",
            _mine,
            lambda number: _merchant("cli_app", SUB_BRANCH, number, "T+0"),
            query={"settlement": "T+1"},
            caller=SHOP,
        ),
    ],
}
