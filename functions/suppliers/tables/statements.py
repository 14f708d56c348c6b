"""Statements of suppliers, each month's by currency."""

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from bank import store
from bank.access.organisation import HEAD_OFFICE
from bank.access.principal import Ownership
from bank.store import Key, Table, table_name
from bank.store.idempotency import IdempotentRow
from bank.uploads.facts import FileFacts
from suppliers.domain.statements import ACCEPTED, StatementStatus, Totals
from suppliers.domain.usage_files import FileStatus

STATEMENT, END, FILE = "statement#", "statement#~", "file#"


class StatementRow(IdempotentRow):
    """A month of a supplier in a currency. Changes are made on the revision that was read."""

    class Meta:
        table_name = table_name("supplier-statements")

    supplier_id = UnicodeAttribute(hash_key=True)
    record = UnicodeAttribute(range_key=True)
    period = UnicodeAttribute()
    currency = UnicodeAttribute()
    redeemed = NumberAttribute()
    reversed = NumberAttribute()
    late = NumberAttribute()
    cost = NumberAttribute()
    borne = NumberAttribute()
    # By id: {"code", "amount", "reason", "status", "by", "at"}, the amount what the cost would change by.
    disputes: JSONAttribute = JSONAttribute(default=dict)
    status = UnicodeAttribute(default=StatementStatus.CLOSED.value)
    closed_at = UnicodeAttribute()
    # Of an agreed one: what came of it (domain.statements.Agreed), when, and its journal if money moved.
    agreed_cost = NumberAttribute(null=True)
    owed = NumberAttribute(null=True)
    paid = NumberAttribute(null=True)
    owes = NumberAttribute(null=True)
    agreed_at = UnicodeAttribute(null=True)
    agreed_by = UnicodeAttribute(null=True)
    # The request that agreed on it, for a repeat of that; its digest is the row's `request_digest`.
    agreed_request = UnicodeAttribute(null=True)
    journal_id = UnicodeAttribute(null=True)
    revision = NumberAttribute(default=1)
    unit_id = UnicodeAttribute(default=HEAD_OFFICE)

    @property
    def ownership(self) -> Ownership:
        """Ownership of the record, for data scopes: the supplier's."""
        return Ownership(unit_id=self.unit_id)

    @property
    def totals(self) -> Totals:
        """Totals of its use."""
        return Totals(int(self.redeemed), int(self.reversed), int(self.late), int(self.cost), int(self.borne))

    @property
    def disputed(self) -> int:
        """Number of disputes that were accepted."""
        return sum(each["status"] == ACCEPTED for each in self.disputes.values())

    @property
    def accepted(self) -> int:
        """Sum of what disputes have added to its cost, in minor units."""
        return sum(each["amount"] for each in self.disputes.values() if each["status"] == ACCEPTED)


class UsageFileRow(Table):
    """A supplier's own file of a month, and how it compares with what the bank has."""

    class Meta:
        table_name = table_name("supplier-statements")

    supplier_id = UnicodeAttribute(hash_key=True)
    record = UnicodeAttribute(range_key=True)
    file_id = UnicodeAttribute()
    period = UnicodeAttribute()
    currency = UnicodeAttribute()
    file_name = UnicodeAttribute()
    sha256 = UnicodeAttribute()
    length = NumberAttribute()
    media_type = UnicodeAttribute()
    status = UnicodeAttribute(default=FileStatus.AWAITING_FILE.value)
    rejection: JSONAttribute = JSONAttribute(null=True)
    lines = NumberAttribute(null=True)
    unreadable: JSONAttribute = JSONAttribute(null=True)
    counts: JSONAttribute = JSONAttribute(null=True)
    announced_at = UnicodeAttribute()
    announced_by = UnicodeAttribute()
    compared_at = UnicodeAttribute(null=True)

    @property
    def announced(self) -> FileFacts:
        """The file that was announced."""
        return FileFacts(self.sha256, int(self.length), self.media_type)


def file_key(supplier_id: str, file_id: str) -> Key:
    """Key of a usage file."""
    return UsageFileRow, supplier_id, f"{FILE}{file_id}"


def statement_record(period: str, currency: str) -> str:
    """The key of a statement among its supplier's."""
    return f"{STATEMENT}{period}#{currency}"


def statement_key(supplier_id: str, period: str, currency: str) -> Key:
    """Key of a statement."""
    return StatementRow, supplier_id, statement_record(period, currency)


def statements(supplier_id: str, *, before: str = END, limit: int | None = None) -> list[StatementRow]:
    """A supplier's statements whose records stand before `before`, newest first."""
    condition = StatementRow.record.between(STATEMENT, before)
    wanted = None if limit is None else limit + 1
    found = store.query(StatementRow, supplier_id, condition, newest_first=True, limit=wanted)
    return [row for row in found if row.record != before][:limit]
