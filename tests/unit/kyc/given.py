"""What the tests of the kyc room start from: customers with a wallet, and facts that are well formed.

Nobody's: the id numbers are of the examples in GB 11643-1999 or made up with a right check character.
"""

from datetime import datetime, timedelta
from typing import Any

from stdnum.cn import ric

from bank import clock, ledger
from bank.config import config
from bank.ledger import Kind
from kyc import app
from kyc.service import customers
from tests.support import embedded, http
from tests.support.http import Reply

ZHANG, ID_NUMBER, PHONE = "张三丰", "11010519491231002X", "13812341234"
ICBC, CCB, CMB = "622202123456789012", "621700123456789012", "622588123456789"
ANN, BEN, CARA, DORA = "cus_ann", "cus_ben", "cus_cara", "cus_dora"


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 22, 12, tzinfo=clock.SHANGHAI)

    def now(self) -> datetime:
        """As the code under test reads it."""
        return self.moment

    def pass_(self, **time: float) -> None:
        """Let time pass."""
        self.moment += timedelta(**time)


def card(first: str) -> str:
    """A card number with its check digit, from all its digits but the last."""
    from stdnum import luhn

    return first + luhn.calc_check_digit(first)


def id_number(*, born: str = "19900307", sequence: str = "123", region: str = "330102") -> str:
    """An id number with its check character."""
    first = region + born + sequence
    return first + ric.calc_check_digit(first + "0")


def customer(
    customer_id: str = ANN, *, client_id: str = "cli_app", unit_id: str = "unit_head", status: str = "active"
) -> str:
    """A customer as the customers room leaves them: a wallet in the home currency."""
    _, account_id = customers.wallet_key(customer_id)[:2]
    row = ledger.accounts.new_row(
        account_id=account_id,
        owner_id=customer_id,
        kind=Kind.WALLET,
        currency="CNY",
        client_id=client_id,
        unit_id=unit_id,
        metadata={"customer": {"customer_id": customer_id, "level": 1, "free_limit": 0, "since": ""}},
    )
    row.status = status
    ledger.accounts.open_account(row)
    return customer_id


def facts(**changed: Any) -> dict[str, Any]:
    """The body of a verification by name and id number."""
    return {"name": ZHANG, "id_number": ID_NUMBER, "document_expires_on": None, **changed}


def all_four(**changed: Any) -> dict[str, Any]:
    """The body of a verification by all four facts."""
    return facts(phone=PHONE, card_number=card(ICBC), **changed)


def verify(
    customer_id: str = ANN, *, key: str = "k", body: dict[str, Any] | None = None, **options: Any
) -> Reply:
    """Verify as the customer themselves."""
    options = {"principal": http.customer(customer_id), "client_id": "cli_app", **options}
    return http.call(app.app, "POST", "/me/verifications", body or facts(), key=key, **options)


def get(path: str, **options: Any) -> Reply:
    """Read something."""
    return http.call(app.app, "GET", path, **options)


def changes(table: str = "kyc", start: int = 0) -> dict[str, Any]:
    """The table's stream from a position on, as an event."""
    return {"Records": embedded.change_records(config.table_prefix + table, start)}
