"""The rules of merchants."""

from merchants.domain import masked


def test_a_masked_number_keeps_its_last_four() -> None:
    assert masked("6222021234567890123") == "***************0123"
