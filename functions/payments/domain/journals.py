"""Journals of payments, refunds and splits: pure, in whole minor units."""

from bank.benefits import bearers
from bank.benefits.bearers import Shares
from bank.ledger import domain as ledger
from bank.ledger.chart import FEES
from payments.domain import RefundParts


def journal_id(record_id: str) -> str:
    """The journal of a payment, capture, refund or split: its id follows the record's."""
    return "jrn_" + record_id.partition("_")[2]


def hold_id(payment_id: str) -> str:
    """The hold of an authorized payment."""
    return "hld_" + payment_id.partition("_")[2]


def payment_journal(
    *,
    record_id: str,
    kind: str,
    payment_id: str,
    payer: str,
    settlement: str,
    currency: str,
    amount: int,
    fee: int,
    booked_at: str,
    shares: Shares | None = None,
    wide: bool = False,
) -> ledger.Journal:
    """The payer pays `amount`, the merchant gets it less the fee; `wide` for a merchant in several parts.

    With `shares` of it borne by others: the payer pays what these leave, the bank's accounts pay theirs, and
    the merchant gets less by its own.
    """
    shares = shares or {}
    amounts = {
        payer: bearers.total(shares) - amount,
        settlement: amount - fee - bearers.of_merchant(shares),
        ledger.internal(FEES, currency): fee,
        **{account: -borne for account, borne in bearers.by_account(shares, currency).items()},
    }
    facts = {"kind": kind, "reference": payment_id, "currency": currency, "booked_at": booked_at}
    return ledger.journal(journal_id(record_id), amounts=amounts, wide=wide, **facts)


def refund_journal(
    *, refund_id: str, payer: str, settlement: str, currency: str, parts: RefundParts, booked_at: str
) -> ledger.Journal | None:
    """The payer, and who bore a share, get back what the merchant and the returned fee pay.

    None where nothing moves: of a part that the merchant bore itself.
    """
    amounts = {
        payer: parts.to_payer,
        settlement: -parts.from_merchant,
        ledger.internal(FEES, currency): -parts.from_fee,
        **bearers.by_account(parts.shares, currency),
    }
    if not any(amounts.values()):
        return None
    return ledger.journal(
        journal_id(refund_id),
        kind="refund",
        reference=refund_id,
        currency=currency,
        amounts=amounts,
        booked_at=booked_at,
    )


def split_journal(
    *, split_id: str, settlement: str, receivers: dict[str, int], currency: str, booked_at: str
) -> ledger.Journal:
    """The merchant shares with `receivers`: amounts by settlement account."""
    return ledger.journal(
        journal_id(split_id),
        kind="split",
        reference=split_id,
        currency=currency,
        amounts={settlement: -sum(receivers.values()), **receivers},
        booked_at=booked_at,
    )
