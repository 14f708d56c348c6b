"""Use cases of the accounts room: accounts, deposits and withdrawals, statements."""
