"""Authentication of customers, through channels: codes, registration, login, refresh, a lost password."""

from bank.access import acts
from bank.control import audit
from bank.credentials.passwords import WeakPassword
from bank.credentials.refresh import RefreshRefused
from bank.http import Call
from customers import rendering, schemas
from customers.domain.purposes import Purpose
from customers.routes.api import CHANNELS, app, presented_credentials
from customers.service import codes, issuance, login, recovery, registration, reset
from customers.service.codes import CodeInvalid, TooManyCodes
from customers.service.factors import FactorInvalid, PresentedCredentials, TotpNeeded
from customers.service.numbers import CustomerExists
from customers.service.reproof import ReverificationNeeded
from customers.settings import settings

DOOR = "logins:write"


def code_sent(reference: str | None = None) -> schemas.CodeSent:
    """Answer that a code is on its way, for how long it is good and when another may be sent."""
    return schemas.CodeSent(
        reference=reference, expires_in=int(codes.GOOD_FOR.total_seconds()), next_in=settings.code_gap
    )


@app.post(
    "/verification-codes",
    act=acts.DOOR,
    scope=DOOR,
    callers=CHANNELS,
    status=202,
    body=schemas.AskCode,
    answer=schemas.CodeSent,
    problems=[TooManyCodes],
)
def send_code(call: Call, body: schemas.AskCode) -> schemas.CodeSent:
    """Send a one-time code by text message: good once, for five minutes, five tries with its reference."""
    reference = registration.send_code(
        channel=call.principal,
        phone=body.phone,
        purpose=Purpose(body.purpose),
        source_ip=call.source_ip,
        device_token=body.device_token,
    )
    return code_sent(reference)


@app.post(
    "/registrations",
    act=acts.DOOR,
    scope=DOOR,
    callers=CHANNELS,
    status=201,
    body=schemas.Register,
    answer=schemas.EnteredAnswer,
    problems=[CodeInvalid, CustomerExists, WeakPassword],
)
def register(call: Call, body: schemas.Register) -> schemas.EnteredAnswer:
    """Become a customer, with a phone that has shown its code; a wallet is opened, the device is bound.

    A number that another customer has not used for long is the newcomer's, who says so (`another_person`).
    """
    found = registration.register(
        channel=call.principal,
        phone=body.phone,
        code=body.code,
        reference=body.code_reference,
        password=body.password,
        nickname=body.nickname,
        device_name=body.device_name,
        another_person=body.another_person,
        origin=audit.actor(call),
    )
    return rendering.issued_session(found)


@app.post(
    "/logins",
    act=acts.DOOR,
    scope=DOOR,
    callers=CHANNELS,
    status=201,
    body=schemas.Login,
    answer=schemas.EnteredAnswer,
    problems=[login.LoginFailed, login.SecondFactorNeeded],
)
def log_in(call: Call, body: schemas.Login) -> schemas.EnteredAnswer:
    """Log in by password or code. A new device needs both, or the id number where there is no password, and
    lowers the limits; who has an authenticator shows its code."""
    found = login.log_in(
        channel=call.principal,
        phone=body.phone,
        code=body.code,
        reference=body.code_reference,
        credentials=PresentedCredentials(body.password, body.totp, body.recovery_code, body.id_number),
        device_token=body.device_token,
        device_name=body.device_name,
        origin=audit.actor(call),
    )
    return rendering.issued_session(found)


@app.post(
    "/logins/refresh",
    act=acts.Act(
        acts.Effect.DOOR,
        trace=acts.Trace.NONE,
        why="goes on with a session whose login has its entry; a token used twice ends it, with an entry",
    ),
    scope=DOOR,
    callers=CHANNELS,
    body=schemas.Refresh,
    answer=schemas.EnteredAnswer,
    problems=[RefreshRefused],
)
def refresh_login(call: Call, body: schemas.Refresh) -> schemas.EnteredAnswer:
    """Another access token. The refresh token is used up and replaced; using one twice ends its session."""
    found = issuance.renew(channel=call.principal, refresh_token=body.refresh_token)
    return rendering.issued_session(found)


@app.post(
    "/phone-recoveries",
    act=acts.DOOR,
    scope=DOOR,
    callers=CHANNELS,
    body=schemas.RecoverPhone,
    answer=schemas.Done,
    problems=[CodeInvalid, CustomerExists, FactorInvalid],
)
def recover_phone(call: Call, body: schemas.RecoverPhone) -> schemas.Done:
    """Take another phone for one whose number is gone, with something known and something held that are not
    the phone; all sessions end, and the limits are lowered for a time."""
    recovery.recover(
        channel=call.principal,
        former_phone=body.former_phone,
        phone=body.phone,
        code=body.code,
        reference=body.code_reference,
        credentials=PresentedCredentials(body.password, body.totp, body.recovery_code, body.id_number),
        device_token=body.device_token,
    )
    return schemas.Done()


@app.post(
    "/password-resets",
    act=acts.DOOR,
    scope=DOOR,
    callers=CHANNELS,
    body=schemas.ResetPassword,
    answer=schemas.Done,
    problems=[CodeInvalid, FactorInvalid, ReverificationNeeded, TotpNeeded, WeakPassword],
)
def reset_password(call: Call, body: schemas.ResetPassword) -> schemas.Done:
    """Choose another password with a code from the phone, and the authenticator, the verified id number or a
    known device; all sessions end, and the limits are lowered for a time."""
    reset.reset_password(
        channel=call.principal,
        phone=body.phone,
        code=body.code,
        reference=body.code_reference,
        password=body.password,
        credentials=presented_credentials(body),
        device_token=body.device_token,
    )
    return schemas.Done()
