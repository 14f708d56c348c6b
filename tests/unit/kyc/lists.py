"""How the lists of the kyc room are tried."""

from kyc import tables
from kyc.tables import CardRow, VerificationRow
from tests.support import http
from tests.support.lists import Listed, Lists, at, row
from tests.support.organisation import OTHER_BRANCH, SUB_BRANCH

ME = {"principal": http.customer("cus_1")}


def _card(customer_id: str, number: int) -> str:
    card_id = f"card_{number:02}"
    row(CardRow, customer_id=customer_id, card_id=card_id, kind="debit")
    return card_id


def _verification(number: int, customer_id: str = "cus_1", unit_id: str = SUB_BRANCH) -> str:
    verification_id = f"ver_{number:02}"
    row(
        VerificationRow,
        subject=verification_id,
        customer_id=customer_id,
        unit_id=unit_id,
        made=f"{at(number)}#{verification_id}",
        factors=[],
        unit_shard=tables.unit_shard(unit_id, verification_id),
    )
    return verification_id


LISTS: Lists = {
    "list_my_cards": [
        Listed(
            "card_id", lambda number: _card("cus_1", number), lambda number: _card("cus_2", number), caller=ME
        )
    ],
    "list_my_verifications": [
        Listed("verification_id", _verification, lambda number: _verification(number, "cus_2"), caller=ME)
    ],
    "list_verifications": [
        Listed(
            "verification_id",
            _verification,
            lambda number: _verification(number, unit_id=OTHER_BRANCH),
            caller={"principal": http.staff(SUB_BRANCH)},
        ),
        # What another channel asked about the same customer, who was its own once.
        Listed(
            "verification_id",
            _verification,
            lambda number: _verification(number, unit_id=OTHER_BRANCH),
            query={"customer_id": "cus_1"},
            caller={"principal": http.staff(SUB_BRANCH)},
        ),
    ],
}
