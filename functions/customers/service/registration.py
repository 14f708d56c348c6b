"""Becoming a customer: a phone that shows its code gets an id, a wallet, a device and a session."""

from bank import clock, ids, vault
from bank.access.organisation import HEAD_OFFICE
from bank.access.principal import Principal
from bank.config import config
from bank.control.audit import Actor
from bank.credentials import passwords
from bank.credentials.passwords import WeakPassword
from bank.store import Transaction
from customers import tables
from customers.domain import passwords as rules
from customers.domain import proofs
from customers.domain.purposes import Purpose
from customers.service import codes, devices, issuance, login, numbers, people, wallets
from customers.service.codes import Asker, Target
from customers.service.issuance import IssuedSession
from customers.tables import CredentialsRow, CustomerRow


def send_code(
    *, channel: Principal, phone: str, purpose: Purpose, source_ip: str, device_token: str | None = None
) -> str:
    """Send a code to a phone, whether it is known here or not: the answer and its time tell nothing.

    Its reference, for the request that shows it. A known device of the phone's customer is no stranger.

    Raises Invalid, TooManyCodes.
    """
    normal = people.normal(phone)
    key, device = people.phone_key(channel, normal), ""
    _, row = login.read(normal, key, device_token)
    if row is not None and devices.is_known(row, device_token, channel.client_id):
        device = row.device_id
    asker = Asker(channel.client_id, source_ip, device=device)
    return codes.send(Target(purpose, key), phone=normal, asker=asker)


def require_password(password: str, *, phone: str) -> None:
    """Raise WeakPassword unless who has this phone may choose it."""
    wrong = rules.password_refusal(passwords.normalized(password), phone=phone)
    if wrong:
        raise WeakPassword(f"the password {wrong}")


def register(
    *,
    channel: Principal,
    phone: str,
    code: str,
    reference: str | None,
    password: str | None,
    nickname: str | None,
    device_name: str | None,
    another_person: bool = False,
    origin: Actor,
) -> IssuedSession:
    """A new customer, all in one transaction. `another_person`: not the one who had the number before.

    Raises CodeInvalid, WeakPassword, CustomerExists, Invalid.
    """
    normal = people.normal(phone)
    if password is not None:
        require_password(password, phone=normal)
    key = people.phone_key(channel, normal)
    login.read(normal, key, None)
    sent = codes.verify(Target(Purpose.REGISTER, key), code, reference=reference)
    customer = new_customer(channel=channel, phone=normal, phone_key=key, nickname=nickname)
    hashed = passwords.hashed(passwords.normalized(password)) if password is not None else None
    transaction = Transaction()
    numbers.claim(transaction, key, customer.customer_id, another_person=another_person)
    codes.use(transaction, sent)
    transaction.create(customer)
    transaction.create(CredentialsRow(customer_id=customer.customer_id, password_hash=hashed))
    transaction.create(wallets.new_row(customer, config.home_currency))
    entrance = devices.bind(
        transaction,
        customer_id=customer.customer_id,
        client_id=channel.client_id,
        name=device_name,
        first=True,
    )
    session, refresh_token = issuance.prepare(
        transaction,
        channel=channel,
        entrance=entrance,
        customer=customer,
        origin=origin,
        action="customers.registered",
        shown=[proofs.CODE],
    )
    transaction.commit()
    return issuance.issued(channel, session, refresh_token, entrance)


def new_customer(*, channel: Principal, phone: str, phone_key: str, nickname: str | None) -> CustomerRow:
    """The profile of somebody who registers now, through this channel."""
    customer_id, now = ids.new("cus"), clock.now()
    unit_id = channel.unit or HEAD_OFFICE
    return CustomerRow(
        customer_id=customer_id,
        client_id=channel.client_id,
        unit_id=unit_id,
        phone_key=phone_key,
        phone_sealed=vault.seal(phone, context=people.sealed_as(customer_id, "phone")),
        nickname=nickname,
        # Events tell times to the second: a level that is reached within this one must not look older.
        level_at=clock.instant(now.replace(microsecond=0)),
        registered_at=clock.instant(now),
        unit_shard=tables.unit_shard(unit_id, customer_id),
    )
