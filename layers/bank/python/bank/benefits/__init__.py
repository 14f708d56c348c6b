"""Benefits (权益) as other rooms meet them: offers, customers' entitlements, and their use inside a payment.

The benefits room makes offers and issues entitlements; payments use them in their own transactions.
"""
