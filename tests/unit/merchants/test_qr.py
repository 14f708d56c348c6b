"""A merchant's QR code over the HTTP function, on moto."""

import base64
from typing import Any

import pytest

from bank import store
from merchants import app, rendering, tables
from merchants.domain import emvco
from merchants.service import qr
from merchants.tables import MerchantRow
from tests.support.http import call, context, event
from tests.support.streams import Cloud
from tests.unit.merchants.given import get, merchant


def code(merchant_id: str, **query: str) -> emvco.Presented:
    answer = get(f"/merchants/{merchant_id}/qr", **query)
    assert answer.status == 200
    return emvco.decode(answer.json["payload"])


def test_a_code_without_an_amount_is_for_any_number_of_payments(cloud: Cloud) -> None:
    merchant_id = merchant()

    assert code(merchant_id) == emvco.Presented(
        initiation=emvco.Initiation.STATIC,
        accounts={"26": f"0012org.perkbank0130{merchant_id}"},
        category_code="5735",
        currency="156",
        country="CN",
        name="Lucky Records",
        city="Shanghai",
    )


def test_a_code_with_an_amount_is_for_one_payment(cloud: Cloud) -> None:
    dynamic = code(merchant(), amount="1234", currency="USD", reference="INV-2026/7")

    assert dynamic.initiation is emvco.Initiation.DYNAMIC
    assert (dynamic.amount, dynamic.currency, dynamic.bill_number) == ("12.34", "840", "INV-2026/7")


def test_an_amount_has_its_currencys_digits(cloud: Cloud) -> None:
    merchant_id = merchant()
    asked = [("5", "CNY"), ("500", "JPY"), ("1234", "KWD"), ("999999999999", "CNY"), ("999999999999", "JPY")]

    found = [code(merchant_id, amount=amount, currency=currency).amount for amount, currency in asked]

    assert found == ["0.05", "500", "1.234", "9999999999.99", "999999999999"]


def test_a_name_in_another_script_has_a_latin_one_beside_it(cloud: Cloud) -> None:
    merchant_id = merchant(name="幸运唱片", city="上海")
    mixed = merchant(name="星巴克 Starbucks Reserve Roastery Shanghai")
    accented = merchant(name="Café Zoë", country="DE", city="Köln")

    chinese, both, latin = code(merchant_id), code(mixed), code(accented)

    assert (chinese.name, chinese.city) == (f"Merchant {merchant_id[-8:]}", "CN")
    assert chinese.alternate == emvco.Alternate("zh", "幸运唱片", "上海")
    assert (both.name, both.city) == ("Starbucks Reserve Roaster", "Shanghai")
    assert both.alternate == emvco.Alternate("zh", "星巴克 Starbucks Reserve Roa")
    assert (latin.name, latin.city) == ("Cafe Zoe", "Koln")
    assert latin.alternate == emvco.Alternate("en", "Café Zoë", "Köln")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Smørrebrød Straße", "Smorrebrod Strasse"),
        ("Łódź", "Lodz"),
        ("Þórður Æsir", "Thordur Aesir"),
        ("\u00c7ar\u015f\u0131", "Carsi"),
        ("Đặng Văn Đạt", "Dang Van Dat"),
        ("Ħal Għaxaq", "Hal Ghaxaq"),
        ("Œuvre d\u2019art", "Oeuvre d'art"),
        ("Gənclik Ŋ", "Genclik Ng"),
        ("星巴克 Café", "Cafe"),
        ("幸运唱片", ""),
    ],
)
def test_no_latin_letter_is_lost(text: str, plain: str) -> None:
    assert qr.latin(text, 25) == plain


def test_a_merchant_whose_old_name_shows_nothing_has_a_code(cloud: Cloud) -> None:
    merchant_id = merchant()
    row = store.get(MerchantRow, merchant_id, tables.MERCHANT)
    assert row is not None
    row.name = "\u3000" * 25 + "a"
    row.save()

    assert (code(merchant_id).name, code(merchant_id).alternate) == ("a", None)


@pytest.mark.parametrize(
    ("text", "language"),
    [("さくら書店", "ja"), ("서울", "ko"), ("書店", "zh"), ("ចន ស្មីន", "km"), ("Café", "en")],
)
def test_a_script_tells_the_language(text: str, language: str) -> None:
    assert qr.language(text) == language


def picture(merchant_id: str, accept: str) -> dict[str, Any]:
    request = event(app.app, "GET", f"/merchants/{merchant_id}/qr", headers={"accept": accept})
    answer: dict[str, Any] = app.app(request, context())
    return answer


def test_the_picture_comes_as_accept_asks(cloud: Cloud) -> None:
    merchant_id = merchant(name="幸运唱片")

    svg = picture(merchant_id, "image/svg+xml")
    png = picture(merchant_id, "image/png")
    plain = call(app.app, "GET", f"/merchants/{merchant_id}/qr")

    assert (svg["statusCode"], svg["headers"]["Content-Type"]) == (200, "image/svg+xml")
    assert svg["body"].startswith("<svg")
    assert (png["statusCode"], png["headers"]["Content-Type"], png["isBase64Encoded"]) == (
        200,
        "image/png",
        True,
    )
    assert base64.b64decode(png["body"]).startswith(b"\x89PNG\r\n\x1a\n")
    assert plain.headers["Content-Type"] == "application/json"
    assert plain.json["svg"] == svg["body"]


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/html", "application/json"),
        ("application/json, image/png", "application/json"),
        ("image/png", "image/png"),
        ("IMAGE/PNG; q=0.9, application/json;q=0.5", "image/png"),
        ("image/png;q=0.1, image/svg+xml", "image/svg+xml"),
        # API Gateway would answer text that is base64 here, since PNG does not stand first.
        ("image/svg+xml;q=0.5, image/png", "image/svg+xml"),
        ("image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5", "image/svg+xml"),
        ("image/*", "image/svg+xml"),
        ("image/png;q=0", "application/json"),
        ("image/png;q=0, image/svg+xml;q=0.0, */*;q=0.1", "application/json"),
        (";q=,,image/png;q=nan", "application/json"),
    ],
)
def test_the_media_type_follows_accept(accept: str, answered: str) -> None:
    assert rendering.media_type(accept) == answered


@pytest.mark.parametrize(
    "query",
    [
        {"amount": "0"},
        {"amount": "-5"},
        {"amount": "1.5"},
        {"amount": "1000000000000"},
        {"currency": "XXX"},
        {"reference": "x" * 26},
        {"reference": "账单"},
        {"colour": "red"},
    ],
)
def test_what_a_code_cannot_say_is_refused(query: dict[str, str]) -> None:
    answer = get("/merchants/mer_1/qr", **query)

    assert (answer.status, answer.json["errors"][0]["field"]) == (422, next(iter(query)))
