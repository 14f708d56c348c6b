"""What rooms tell each other on an account comes back as it was written, beside what else is there."""

from dataclasses import replace
from typing import Any

import pytest

from bank.ledger import MerchantTerms, WalletCustomer

ANN = WalletCustomer("cus_ann", level=2, free_limit=100_000, since="2026-11-28T00:00:00.000000Z")
SHOP = MerchantTerms("mer_shop", "Blue Note", "active", {"basis_points": 60}, "T+1", ("CNY", "USD"))


def test_a_customer_comes_back_as_written_and_is_no_merchant() -> None:
    metadata = ANN.on()
    assert metadata == {"customer": vars(ANN)}
    assert WalletCustomer.of(metadata) == ANN
    assert MerchantTerms.of(metadata) is None


def test_terms_come_back_as_written_and_are_no_customer() -> None:
    metadata = SHOP.on()
    assert metadata["merchant"]["currencies"] == ["CNY", "USD"]
    assert MerchantTerms.of(metadata) == SHOP
    assert WalletCustomer.of(metadata) is None


def test_what_else_stands_there_stays_and_a_change_replaces_only_its_own() -> None:
    metadata = replace(ANN, level=3).on({"note": "kept", **ANN.on()})
    assert metadata["note"] == "kept"
    assert WalletCustomer.of(metadata) == replace(ANN, level=3)


@pytest.mark.parametrize("metadata", [None, {}, {"customer": {}}, {"merchant": None}])
def test_an_account_of_nobody_tells_of_nobody(metadata: dict[str, Any] | None) -> None:
    assert (WalletCustomer.of(metadata), MerchantTerms.of(metadata)) == (None, None)


def test_facts_that_a_later_release_adds_are_passed_over() -> None:
    """Both run while one replaces the other."""
    assert WalletCustomer.of({"customer": {**vars(ANN), "segment": "gold"}}) == ANN
