"""Lists in pages: `limit` and `cursor`."""

from typing import ClassVar

from pydantic import Field

from bank import store
from bank.http.fields import MAX_PAGE, Schema


class Page(Schema):
    """Paging through a list."""

    # The form of the list's places, as a pattern: no other cursor was given out by it.
    place: ClassVar[str] = store.BY_TIME

    limit: int = Field(default=20, ge=1, le=MAX_PAGE, description="Items on a page")
    cursor: str | None = Field(default=None, max_length=512, description="`next_cursor` of the page before")

    @property
    def after(self) -> str | None:
        """The sort key that the page starts after."""
        return store.decode_cursor(self.cursor, self.place) if self.cursor else None
