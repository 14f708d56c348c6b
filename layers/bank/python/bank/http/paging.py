"""Lists in pages: `limit` and `cursor`. Views see places, callers see cursors; `bank.http` stands between."""

from typing import Any

from pydantic import Field, PrivateAttr

from bank.http import cursors
from bank.http.cursors import Purpose
from bank.http.fields import MAX_PAGE, Schema
from bank.http.operations import Call

# What of a query is about the page, and may differ from one page to the next.
OF_THE_PAGE = {"limit", "cursor"}


class Page(Schema):
    """Paging through a list."""

    limit: int = Field(default=20, ge=1, le=MAX_PAGE, description="Items on a page")
    cursor: str | None = Field(default=None, max_length=512, description="`next_cursor` of the page before")
    _after: str | None = PrivateAttr(None)

    @property
    def after(self) -> str | None:
        """The place that the page starts after."""
        return self._after

    def opened(self, call: Call) -> None:
        """Learn the place from the cursor. Raises Invalid for one that was not given out for this."""
        if self.cursor:
            self._after = cursors.unseal(self.cursor, self._purpose(call))

    def sealed(self, answer: Any, call: Call) -> Any:
        """A view's page as the caller gets it: the place in `next_cursor` as a cursor."""
        if answer.next_cursor is None:
            return answer
        cursor = cursors.seal(answer.next_cursor, self._purpose(call))
        return answer.model_copy(update={"next_cursor": cursor})

    def _purpose(self, call: Call) -> Purpose:
        return Purpose(call.operation, self.model_dump_json(exclude=OF_THE_PAGE), call.principal)
