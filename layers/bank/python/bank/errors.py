"""Typed errors of the domain: a stable `code`, an HTTP status and a sentence for a person.

They are rendered as RFC 9457 `application/problem+json` by `bank.http`. A `Refusal` is an answer about the
state of money and is recorded, so that the same Idempotency-Key hears it again; the others are not.
"""

from typing import Any, ClassVar


class Altered(Exception):
    """A stored record says something else than was written when it was made: nothing is booked from it.

    Somebody wrote past the functions. It is no answer to a caller: it fails loudly, with an alarm.
    """


class BankError(Exception):
    """Base of every error that a caller may see."""

    status: ClassVar[int] = 500
    code: str = "internal_error"
    title: str = "Internal error"
    # Seconds until the same can be tried again, as `Retry-After` says them; 0 where waiting changes nothing.
    retry_after: int = 0

    def __init__(
        self, detail: str = "", *, code: str | None = None, retry_after: int | None = None, **members: Any
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.code = code or type(self).code
        if retry_after is not None:
            self.retry_after = retry_after
        self.members = members


class BadRequest(BankError):
    """400: the request cannot be read (a missing header, a broken document)."""

    status, code, title = 400, "bad_request", "Bad request"


class Unauthorized(BankError):
    """401: who is calling is not known."""

    status, code, title = 401, "unauthorized", "Unauthorized"
    # Of the header WWW-Authenticate.
    challenge = "Bearer"


class Forbidden(BankError):
    """403: who is calling may not do this."""

    status, code, title = 403, "forbidden", "Forbidden"


class NotFound(BankError):
    """404: there is no such thing, or the caller may not see it."""

    status, code, title = 404, "not_found", "Not found"


class Conflict(BankError):
    """409: the state of the thing forbids it."""

    status, code, title = 409, "conflict", "Conflict"


class Refusal(Conflict):
    """409 about money: recorded, and answered again to the same Idempotency-Key."""

    code, title = "refused", "Refused"


class UnsupportedMediaType(BankError):
    """415: the body is not of the type that the route takes."""

    status, code, title = 415, "unsupported_media_type", "Unsupported media type"


class Unprocessable(BankError):
    """422: the body is readable and cannot be."""

    status, code, title = 422, "unprocessable", "Unprocessable content"


class Invalid(Unprocessable):
    """422 with the fields that are wrong: `errors` is a list of `{field, message}`."""

    code, title = "invalid_request", "Invalid request"


class TooMany(BankError):
    """429: too often; try again after `retry_after` seconds."""

    status, code, title = 429, "too_many", "Too many"
    retry_after = 1


class Unavailable(BankError):
    """503: nothing is known to have happened; try again, with the same key, after `retry_after` seconds."""

    status, code, title = 503, "unavailable", "Try again"
    retry_after = 1
