"""Customers' view of themselves, and the changes they may make."""

from bank import errors
from bank.access import acts
from bank.credentials.passwords import WeakPassword
from bank.http import Call, Page
from customers import rendering, schemas
from customers.routes.api import CUSTOMERS, app, customer, presented_credentials
from customers.routes.authentication import code_sent
from customers.service import issuance, notices, profile
from customers.service.codes import Asker, CodeInvalid, TooManyCodes
from customers.service.factors import FactorInvalid, TotpNeeded
from customers.service.numbers import CustomerExists
from customers.service.reproof import ReverificationNeeded

REPROVEN = (CodeInvalid, FactorInvalid, TotpNeeded, ReverificationNeeded)


@app.get("/me", scope="me:read", callers=CUSTOMERS, answer=schemas.MeAnswer, problems=[errors.NotFound])
def get_me(call: Call) -> schemas.MeAnswer:
    """The customer who calls."""
    return rendering.me(customer(call))


@app.patch(
    "/me",
    act=acts.RECORD,
    scope="me:write",
    callers=CUSTOMERS,
    body=schemas.ChangeMe,
    answer=schemas.CustomerAnswer,
    problems=[errors.NotFound],
)
def change_me(call: Call, body: schemas.ChangeMe) -> schemas.CustomerAnswer:
    """Change the nickname or the birthday (which then cannot be the payment password)."""
    fields = {name: getattr(body, name) for name in body.model_fields_set}
    return rendering.customer(profile.change(person=customer(call), fields=fields))


@app.post(
    "/me/verification-codes",
    act=acts.DOOR,
    scope="me:write",
    callers=CUSTOMERS,
    status=202,
    body=schemas.AskMyCode,
    answer=schemas.CodeSent,
    problems=[errors.NotFound, TooManyCodes],
)
def send_my_code(call: Call, body: schemas.AskMyCode) -> schemas.CodeSent:
    """Send a one-time code for one purpose to the customer's phone, or for `new_phone` to the new one."""
    caller = call.principal
    asker = Asker(caller.client_id, call.source_ip, caller.session, caller.device or caller.session)
    profile.send_code(person=customer(call), purpose=body.wanted, phone=body.phone, asker=asker)
    return code_sent()


@app.post(
    "/me/password",
    act=acts.DOOR,
    scope="me:write",
    callers=CUSTOMERS,
    body=schemas.ChangePassword,
    answer=schemas.Done,
    problems=[*REPROVEN, WeakPassword],
)
def change_password(call: Call, body: schemas.ChangePassword) -> schemas.Done:
    """Choose another password, or a first one. All other sessions end."""
    profile.change_password(
        person=customer(call),
        principal=call.principal,
        password=body.password,
        code=body.code,
        credentials=presented_credentials(body),
    )
    return schemas.Done()


@app.post(
    "/me/phone",
    act=acts.DOOR,
    scope="me:write",
    callers=CUSTOMERS,
    body=schemas.ChangePhone,
    answer=schemas.Done,
    problems=[*REPROVEN, CustomerExists],
)
def change_phone(call: Call, body: schemas.ChangePhone) -> schemas.Done:
    """Take another phone, which shows a code of its own. All other sessions end, and limits are lowered."""
    profile.change_phone(
        person=customer(call),
        principal=call.principal,
        phone=body.phone,
        new_code=body.new_code,
        code=body.code,
        credentials=presented_credentials(body),
    )
    return schemas.Done()


@app.post("/me/logout", act=acts.RECORD, scope="me:write", callers=CUSTOMERS, answer=schemas.Done)
def log_out(call: Call) -> schemas.Done:
    """End this session: its tokens count no more."""
    customer_id = call.principal.subject
    issuance.log_out(customer_id=customer_id, session_id=call.principal.session)
    return schemas.Done()


@app.post("/me/logout-everywhere", act=acts.RECORD, scope="me:write", callers=CUSTOMERS, answer=schemas.Done)
def log_out_everywhere(call: Call) -> schemas.Done:
    """End all sessions, this one too."""
    issuance.log_out_everywhere(customer_id=call.principal.subject)
    return schemas.Done()


@app.get("/me/sessions", scope="me:read", callers=CUSTOMERS, answer=schemas.SessionPage)
def list_my_sessions(call: Call) -> schemas.SessionPage:
    """The sessions that still count."""
    rows = issuance.list_sessions(call.principal.subject)
    return schemas.SessionPage(items=[rendering.session(row, call.principal.session) for row in rows])


@app.post(
    "/me/sessions/{session_id}/revoke",
    act=acts.RECORD,
    scope="me:write",
    callers=CUSTOMERS,
    answer=schemas.Done,
    problems=[errors.NotFound],
)
def revoke_my_session(call: Call, session_id: str) -> schemas.Done:
    """End one session, on a device that is lost."""
    issuance.log_out(customer_id=call.principal.subject, session_id=session_id)
    return schemas.Done()


@app.get("/me/devices", scope="me:read", callers=CUSTOMERS, answer=schemas.DevicePage)
def list_my_devices(call: Call) -> schemas.DevicePage:
    """The devices that the customer has logged in from."""
    rows = profile.list_devices(customer_id=call.principal.subject)
    return schemas.DevicePage(items=[rendering.device(row) for row in rows])


@app.post(
    "/me/devices/{device_id}/forget",
    act=acts.RECORD,
    scope="me:write",
    callers=CUSTOMERS,
    body=schemas.ForgetDevice,
    answer=schemas.Done,
    problems=[*REPROVEN, errors.NotFound],
)
def forget_my_device(call: Call, device_id: str, body: schemas.ForgetDevice) -> schemas.Done:
    """Let a device be a new one from now on; its sessions end. It takes what another password does."""
    profile.forget_device(
        person=customer(call),
        principal=call.principal,
        device_id=device_id,
        code=body.code,
        credentials=presented_credentials(body),
    )
    return schemas.Done()


@app.get("/me/notices", scope="me:read", callers=CUSTOMERS, query=Page, answer=schemas.NoticePage)
def list_my_notices(call: Call, query: Page) -> schemas.NoticePage:
    """List what was done in the customer's name in the last 180 days, newest first, on every device."""
    rows, last = notices.list_notices(
        customer_id=call.principal.subject, after=query.after, limit=query.limit
    )
    return schemas.NoticePage(items=[rendering.notice(row) for row in rows], next_cursor=last)
