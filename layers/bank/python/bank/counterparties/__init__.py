"""Counterparties: whom the bank pays by contract, such as merchants and suppliers.

What the rooms that keep them do alike: their accounts at banks and the phones of who hears what is done to
them, both sealed; the cycles in which they are paid out; what an audit entry tells of them.
"""
