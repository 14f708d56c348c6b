"""The head office's view of the ledger: its journals, its trial balance, its last verification."""

from accounts import rendering, schemas
from accounts.routes.api import app
from accounts.service import books
from bank import errors
from bank.http import Call


@app.get(
    "/ledger/journals/{journal_id}",
    scope="ledger:read",
    answer=schemas.JournalAnswer,
    problems=[errors.NotFound],
)
def get_journal(call: Call, journal_id: str) -> schemas.JournalAnswer:
    """One journal with its legs."""
    return rendering.journal(books.find_journal(journal_id=journal_id, principal=call.principal))


@app.get(
    "/ledger/trial-balance",
    scope="ledger:read",
    answer=schemas.TrialBalanceAnswer,
    problems=[errors.NotFound],
)
def get_trial_balance(call: Call) -> schemas.TrialBalanceAnswer:
    """The trial balance of the last verification: each currency's sum is zero."""
    report = books.last_verification(principal=call.principal)
    return schemas.TrialBalanceAnswer(currencies=rendering.sums(report), as_of=report["as_of"])


@app.get(
    "/ledger/verification",
    scope="ledger:read",
    answer=schemas.VerificationAnswer,
    problems=[errors.NotFound],
)
def get_verification(call: Call) -> schemas.VerificationAnswer:
    """Report of the last verification of the whole ledger."""
    report = books.last_verification(principal=call.principal)
    return schemas.VerificationAnswer(
        currencies=rendering.sums(report), **{name: value for name, value in report.items() if name != "sums"}
    )
