"""Block, watch and allow lists."""

from pydantic import Field

from bank.http import Body, Identifier, Instant, Page, Schema, Text
from risk.domain.lists import Kind, ListName


class NewEntry(Body):
    """An entry to put on a list."""

    list: ListName = Field(strict=False, examples=["block"])
    kind: Kind = Field(strict=False, examples=["device"])
    subject: Identifier = Field(description="A customer's, device's or merchant's id, or an account's")
    reason: Text
    expires_at: Instant | None = Field(default=None, description="null: until it is ended")

    @property
    def takes_approval(self) -> bool:
        """Return whether it lets somebody past the rules."""
        return self.list is ListName.ALLOW


class ListEntryAnswer(Schema):
    """An entry of a list. `expires_at` null: it has no end yet."""

    list: ListName
    kind: Kind
    subject: str
    reason: str
    source: str
    added_by: str
    added_at: Instant
    expires_at: Instant | None
    ended_at: Instant | None


class ListEntryPage(Schema):
    """A page of entries that stand."""

    items: list[ListEntryAnswer]
    next_cursor: str | None


class ListEntriesQuery(Page):
    """Of which list, and of what kind."""

    list: ListName
    kind: Kind | None = None
