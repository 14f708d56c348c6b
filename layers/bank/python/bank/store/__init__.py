"""DynamoDB as the rooms see it: models with one shared client, batch reads, transactions, pages of lists."""

from bank.store.pages import page, sift
from bank.store.reads import BATCH_GET_LIMIT, get, get_many, query
from bank.store.recent import lately
from bank.store.retries import ATTEMPTS, DECISIONS, Stale, pause, retry_on_conflict, stale
from bank.store.tables import Item, Key, Table, TableT, WitnessJSON, client, table_name
from bank.store.transaction import (
    PASSING,
    PASSING_CALLS,
    TRANSACTION_LIMIT,
    AlreadyExists,
    RefusedBy,
    Transaction,
    companion,
)
from bank.store.writes import BATCH_WRITE_LIMIT, put_many, put_new

__all__ = [
    "ATTEMPTS",
    "BATCH_GET_LIMIT",
    "BATCH_WRITE_LIMIT",
    "DECISIONS",
    "PASSING",
    "PASSING_CALLS",
    "TRANSACTION_LIMIT",
    "AlreadyExists",
    "Item",
    "Key",
    "RefusedBy",
    "Stale",
    "Table",
    "TableT",
    "Transaction",
    "WitnessJSON",
    "client",
    "companion",
    "get",
    "get_many",
    "lately",
    "page",
    "pause",
    "put_many",
    "put_new",
    "query",
    "retry_on_conflict",
    "sift",
    "stale",
    "table_name",
]
