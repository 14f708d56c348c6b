"""EMVCo payloads: 48 from other implementations, and our own both ways."""

import contextlib
import json
import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merchants.domain import emvco
from merchants.domain.emvco import Alternate, Initiation, Presented

PAYLOADS = json.loads((Path(__file__).parents[2] / "data/emvco/mpm_payloads.json").read_text())

PRINTABLE = st.characters(min_codepoint=0x20, max_codepoint=0x7E)
ANY = st.characters(exclude_categories=["Cs"])


def texts(limit: int, alphabet: Any = PRINTABLE) -> st.SearchStrategy[str]:
    return st.text(alphabet, min_size=1, max_size=limit)


def digits(count: int) -> st.SearchStrategy[str]:
    return st.text(string.digits, min_size=count, max_size=count)


CODES = st.builds(
    Presented,
    initiation=st.sampled_from([None, *Initiation]),
    accounts=st.dictionaries(st.sampled_from(emvco.ACCOUNTS), texts(99), min_size=1, max_size=3),
    category_code=digits(4),
    currency=digits(3),
    amount=st.none() | st.decimals(0, 9_999_999_999, places=2).map(str),
    country=st.text(string.ascii_uppercase, min_size=2, max_size=2),
    name=texts(25),
    city=texts(15),
    bill_number=st.none() | texts(25),
    alternate=st.none() | st.builds(Alternate, texts(2), texts(25, ANY), st.none() | texts(15, ANY)),
)


def test_there_are_48_payloads() -> None:
    assert len(PAYLOADS) == 48
    assert sum(not fact["crc_valid"] for fact in PAYLOADS) == 1


@pytest.mark.parametrize("fact", PAYLOADS, ids=[f"{n}-{fact['source']}" for n, fact in enumerate(PAYLOADS)])
def test_a_payload_of_another_implementation_reads_as_it_should(fact: dict[str, Any]) -> None:
    payload = fact["payload"]

    assert emvco.crc_valid(payload) == fact["crc_valid"]
    if not fact["tlv_parses"]:
        with pytest.raises(emvco.Malformed):
            emvco.parse(payload)
    if not fact["crc_valid"]:
        with pytest.raises(emvco.WrongCrc):
            emvco.decode(payload)
        return
    code = emvco.decode(payload)
    assert (code.currency, code.amount, code.country) == (fact["currency"], fact["amount"], fact["country"])
    assert (code.name, code.initiation) == (fact["merchant"], fact["poi"])
    assert [tag for tag in code.accounts if tag in ("15", "16")] == fact["unionpay_tags"]


@given(CODES)
def test_what_is_written_reads_back(code: Presented) -> None:
    payload = emvco.encode(code)

    assert emvco.decode(payload) == code
    assert payload.startswith("000201")
    assert emvco.template(emvco.parse(payload)) == payload


@given(CODES, st.data())
def test_a_payload_with_another_character_in_it_is_refused(code: Presented, data: st.DataObject) -> None:
    payload = emvco.encode(code)
    place = data.draw(st.integers(0, len(payload) - 1))
    other = data.draw(PRINTABLE.filter(lambda character: character != payload[place]))

    with pytest.raises(emvco.WrongCrc):
        emvco.decode(payload[:place] + other + payload[place + 1 :])


@given(st.text() | st.text(string.digits))
def test_whatever_is_read_is_an_answer_or_a_typed_error(text: str) -> None:
    signed = text + "6304" + emvco.crc(text + "6304")
    for payload in (text, signed):
        with contextlib.suppress(emvco.EmvError):
            assert isinstance(emvco.decode(payload), Presented)


def test_the_crc_is_ccitt_false() -> None:
    # The check value of CRC-16/CCITT-FALSE in the catalogue of parametrised CRC algorithms.
    assert emvco.crc("123456789") == "29B1"


@pytest.mark.parametrize(
    "text", ["0", "00", "0002", "00020", "5A0201", "000201000201", "\uff10\uff10\uff10\uff11a"]
)
def test_what_is_not_a_run_of_objects_is_malformed(text: str) -> None:
    with pytest.raises(emvco.Malformed):
        emvco.parse(text)


GOOD = Presented(
    initiation=Initiation.DYNAMIC,
    accounts={"26": "0012org.perkbank"},
    category_code="5735",
    currency="156",
    amount="1.00",
    country="CN",
    name="Lucky Records",
    city="Shanghai",
)


@pytest.mark.parametrize(
    "changed",
    [
        {"accounts": {}},
        {"accounts": {"52": "x"}},
        {"accounts": {"26": ""}},
        {"accounts": {"26": "x" * 100}},
        {"category_code": "573"},
        {"category_code": "\uff15\uff17\uff13\uff15"},
        {"currency": "CNY"},
        {"currency": None},
        {"amount": "12345678901.00"},
        {"amount": "1,00"},
        {"amount": "-1"},
        {"country": "cn"},
        {"name": "x" * 26},
        {"name": "幸运唱片"},
        {"name": ""},
        {"city": "x" * 16},
        {"city": None},
        {"bill_number": "x" * 26},
        {"bill_number": ""},
        {"alternate": Alternate("zh", "幸" * 26)},
        {"alternate": Alternate("zh", "幸", "海" * 16)},
        {"alternate": Alternate("zh", "")},
    ],
)
def test_what_does_not_fit_is_not_written(changed: dict[str, Any]) -> None:
    assert emvco.decode(emvco.encode(GOOD)) == GOOD

    with pytest.raises(emvco.NotEncodable):
        emvco.encode(Presented(**(vars(GOOD) | changed)))
