"""What counterparties of all kinds have alike."""

from bank.counterparties.bank_accounts import masked


def test_a_masked_number_keeps_its_last_four() -> None:
    assert masked("6222021234567890123") == "***************0123"
