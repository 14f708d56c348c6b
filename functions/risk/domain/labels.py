"""Labels from a closed case: which profiles its fraud counts against. Pure."""

# The payer's own account explains the fraud: somebody else had it in hand.
OF_THE_PAYER = frozenset({"large_amount", "over_own_history", "payer_defrauded_lately"})
MERCHANT_AT_RISK = "merchant_at_risk"


def against_merchant(reasons: list[str]) -> bool:
    """Return whether a confirmed fraud with these reasons counts against the merchant, not the payer.

    Where a terminal is compromised, all its payments are frauds of quite usual amounts: what nothing about
    the payer explains is the merchant's. Counted against both, each fraud would put a good merchant and a
    good payer at risk for four weeks (docs/risk.md has the figures).
    """
    return MERCHANT_AT_RISK in reasons or not OF_THE_PAYER.intersection(reasons)
