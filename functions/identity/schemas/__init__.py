"""Requests and answers of the identity room: its HTTP contract."""

from identity.schemas.clients import (
    ChangeClient,
    ClientAnswer,
    ClientPage,
    ClientsQuery,
    ClientStatus,
    EnrolledClient,
    Enrolment,
    KeyAnswer,
    KeyList,
    KeysQuery,
    NewClient,
    NewEnrolment,
    NewKey,
    RetiredKey,
    Why,
)
from identity.schemas.tokens import Jwk, Jwks, TokenAnswer, TokenError, TokenRequest

__all__ = [
    "ChangeClient",
    "ClientAnswer",
    "ClientPage",
    "ClientStatus",
    "ClientsQuery",
    "EnrolledClient",
    "Enrolment",
    "Jwk",
    "Jwks",
    "KeyAnswer",
    "KeyList",
    "KeysQuery",
    "NewClient",
    "NewEnrolment",
    "NewKey",
    "RetiredKey",
    "TokenAnswer",
    "TokenError",
    "TokenRequest",
    "Why",
]
