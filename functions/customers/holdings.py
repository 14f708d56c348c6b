"""Personal data that this room keeps, table by table: what an export gives of it, and what closure leaves."""

from bank.access.sessions import SessionRow
from bank.credentials.payment_tokens import PaymentTokenRow
from bank.privacy import laws
from bank.privacy.holdings import Ground, Holding, Whose, erased, expires, kept
from customers.tables import (
    CodeRow,
    CredentialsRow,
    CustomerRow,
    DeviceRow,
    ExportRow,
    ExportsRow,
    FailuresRow,
    NoticeRow,
    PhoneRow,
    SendLimitRow,
)

HOLDINGS = (
    Holding(
        model=CustomerRow,
        whose=Whose.CUSTOMERS,
        holds="profile: phone, birthday, nickname, level, branch",
        personal=("phone_key", "phone_sealed", "birthday_sealed", "nickname", "devices_since", "device_kept"),
        given="profile",
        end=kept(laws.IDENTITY, "id and the phone's keyed hash; phone, birthday and nickname go at once"),
    ),
    Holding(
        model=CredentialsRow,
        whose=Whose.CUSTOMERS,
        holds="hashes of passwords and of the verified id number, the sealed authenticator",
        personal=("totp_sealed", "totp_offered", "identity"),
        withheld=Ground.SECRETS,
        end=erased(),
    ),
    Holding(
        model=DeviceRow,
        whose=Whose.CUSTOMERS,
        holds="devices that they log in from",
        personal=("name", "secret_digest"),
        given="devices",
        end=erased("name and secret at once, the rest within days"),
    ),
    Holding(
        model=NoticeRow,
        whose=Whose.CUSTOMERS,
        holds="notices of what was done in their name: new devices, other phones, changed credentials",
        personal=("device_id", "device_name", "phone_masked", "phone_sealed"),
        given="notices",
        end=erased("names of devices and phones at once, the rest within days; else 180 days after"),
    ),
    Holding(
        model=SessionRow,
        whose=Whose.CUSTOMERS,
        holds="logins: when, from which device, through which channel (staff have theirs here too)",
        personal=("device_id",),
        given="sessions",
        end=expires("all end at once, and go 30 days after their last possible day"),
    ),
    Holding(
        model=ExportRow,
        whose=Whose.CUSTOMERS,
        holds="that they asked for a copy of their data; the copy itself is in S3 (`exports`) for seven days",
        withheld=Ground.ELSEWHERE,
        end=expires("30 days after it was asked for; what is there of the copy goes at once"),
    ),
    Holding(
        model=ExportsRow,
        whose=Whose.CUSTOMERS,
        holds="how many exports they may still ask for",
        withheld=Ground.ELSEWHERE,
        end=expires("30 days after the last"),
    ),
    Holding(
        model=PhoneRow,
        whose=Whose.CUSTOMERS,
        holds="whose a phone is, by its keyed hash",
        personal=("phone_key",),
        withheld=Ground.ELSEWHERE,
        end=erased("the phone is nobody's"),
    ),
    Holding(
        model=PaymentTokenRow,
        whose=Whose.CUSTOMERS,
        holds="one-time tokens of a payment",
        withheld=Ground.ELSEWHERE,
        end=expires("a day after they were issued"),
    ),
    Holding(
        model=CodeRow,
        whose=Whose.CUSTOMERS,
        holds="one-time codes, by the phone's keyed hash",
        withheld=Ground.SECRETS,
        end=expires("a day after they were sent"),
    ),
    Holding(
        model=SendLimitRow,
        whose=Whose.CUSTOMERS,
        holds="how many codes a phone or an address may still have",
        withheld=Ground.SECRETS,
        end=expires("a day after the last"),
    ),
    Holding(
        model=FailuresRow,
        whose=Whose.CUSTOMERS,
        holds="failures in a row, by the phone's keyed hash or the customer",
        withheld=Ground.SECRETS,
        end=expires("three months after the last"),
    ),
)
