"""Customers' wallets."""

from bank import errors
from bank.access import acts
from bank.access.authority import HigherAuthority
from bank.control import audit
from bank.http import Call
from bank.ledger.accounts import WrongStatus
from customers import rendering, schemas
from customers.routes.api import CUSTOMERS, app, customer
from customers.service import free_limit, freezes, payment, pins, wallets


@app.get("/me/wallets", scope="me:read", callers=CUSTOMERS, answer=schemas.WalletPage)
def list_my_wallets(call: Call) -> schemas.WalletPage:
    """The customer's wallets, one for each currency."""
    rows = wallets.list_wallets(call.principal.subject)
    return schemas.WalletPage(items=[rendering.wallet(row) for row in rows])


@app.post(
    "/me/wallets",
    act=acts.RECORD,
    scope="me:write",
    callers=CUSTOMERS,
    status=201,
    body=schemas.OpenWallet,
    answer=schemas.WalletAnswer,
    problems=[errors.NotFound, wallets.WalletExists, wallets.LevelTooLow],
)
def open_my_wallet(call: Call, body: schemas.OpenWallet) -> schemas.WalletAnswer:
    """Open a wallet of a further currency; the limits of the customer's level apply to it."""
    customer_id = call.principal.subject
    return rendering.wallet(wallets.open_wallet(customer_id=customer_id, currency=body.currency))


@app.patch(
    "/me/wallets/{currency}",
    act=acts.GUARD,
    scope="me:write",
    callers=CUSTOMERS,
    body=schemas.ChangeWallet,
    answer=schemas.WalletAnswer,
    problems=[
        wallets.WalletNotFound,
        pins.PaymentPasswordInvalid,
        pins.PaymentPasswordLocked,
        payment.PaymentPasswordNeeded,
    ],
)
def change_my_wallet(call: Call, currency: str, body: schemas.ChangeWallet) -> schemas.WalletAnswer:
    """Change below which amount a payment needs no payment password."""
    row = free_limit.change(
        person=customer(call),
        currency=currency,
        free_limit=body.free_limit,
        pin=body.payment_password,
        actor=audit.actor(call),
    )
    return rendering.wallet(row)


@app.post(
    "/me/wallets/{currency}/freeze",
    act=acts.RECORD,
    scope="me:write",
    callers=CUSTOMERS,
    answer=schemas.WalletAnswer,
    problems=[wallets.WalletNotFound, WrongStatus],
    example={"status": "frozen", "frozen_by": ["owner"]},
)
def freeze_my_wallet(call: Call, currency: str) -> schemas.WalletAnswer:
    """Refuse debits of the wallet from now on; credits are still taken."""
    return rendering.wallet(
        freezes.freeze(customer_id=call.principal.subject, currency=currency, actor=audit.actor(call))
    )


@app.post(
    "/me/wallets/{currency}/unfreeze",
    act=acts.GUARD,
    scope="me:write",
    callers=CUSTOMERS,
    body=schemas.UnfreezeWallet,
    answer=schemas.WalletAnswer,
    problems=[
        wallets.WalletNotFound,
        pins.PaymentPasswordInvalid,
        pins.PaymentPasswordLocked,
        HigherAuthority,
        WrongStatus,
    ],
)
def unfreeze_my_wallet(call: Call, currency: str, body: schemas.UnfreezeWallet) -> schemas.WalletAnswer:
    """Lift one's own freeze with the payment password; the bank's and a court's stay."""
    row = freezes.unfreeze(
        person=customer(call), currency=currency, pin=body.payment_password, actor=audit.actor(call)
    )
    return rendering.wallet(row)
