"""The books of the whole bank, for its head office: journals, and the last verification."""

from typing import Any

from bank import errors, ledger, store
from bank.access.principal import THE_BANK, Principal
from bank.ledger import JournalRow


def find_journal(*, journal_id: str, principal: Principal) -> ledger.Journal:
    """A journal. Raises NotFound."""
    missing = errors.NotFound(f"there is no journal {journal_id}")
    principal.require_sees(THE_BANK, missing)
    row = store.get(JournalRow, journal_id)
    if row is None:
        raise missing
    return row.to_domain()


def last_verification(*, principal: Principal) -> dict[str, Any]:
    """The last verification's report. Raises NotFound where none has run yet."""
    missing = errors.NotFound("no verification has run yet", code="not_verified_yet")
    principal.require_sees(THE_BANK, missing)
    # Imported here: it is a package, of which all other routes of this room need nothing.
    from bank.ledger import verification

    report = verification.last_report()
    if report is None:
        raise missing
    return report
