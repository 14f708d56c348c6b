"""Points that customers earn and spend: one account each on the ledger, in a unit of its own.

What the account has is kept by lots (`bank.ledger.lots`), changed in the same write as its balance, and owed
for in money (`worth`). Whoever lets a customer pay with points reserves them in its own transaction
(`spending`): one update of the customer's account. The room `points` books what becomes of that.
"""
