"""Verifying: what comes of it, once per key, and never past a cap."""

import json
from typing import Any

import pytest

from bank import clock, store, vault
from bank.config import config
from bank.control.audit import AuditEntryRow
from kyc import app, tables
from kyc.adapters.providers import Matched, Mismatched, Unavailable
from kyc.domain.facts import Facts
from kyc.service import concluding
from kyc.tables import CardRow, ProfileRow, UsesRow, VerificationRow
from tests.support import http
from tests.unit.kyc import given
from tests.unit.kyc.given import ANN, BEN, CARA, CCB, CMB, DORA, ICBC, ID_NUMBER, PHONE, ZHANG, Clock

pytestmark = pytest.mark.usefixtures("aws")


def profile(customer_id: str = ANN) -> ProfileRow:
    row = store.get(ProfileRow, customer_id, tables.PROFILE)
    assert row is not None
    return row


def everything() -> list[dict[str, Any]]:
    """Every item of this room's tables, as it is stored."""
    items = []
    for table in ("kyc", "vault-cards"):
        items += store.client().scan(TableName=config.table_prefix + table)["Items"]
    return items


# Levels ---------------------------------------------------------------------------------------------------


def test_name_and_number_give_level_one() -> None:
    given.customer()
    reply = given.verify()
    assert reply.status == 201
    answer = reply.json
    assert (answer["status"], answer["level"], answer["channels"]) == ("matched", 1, ["police"])
    assert (answer["name"], answer["id_number"]) == ("**丰", "1101**********002X")
    assert profile().level == 1


def test_all_four_facts_give_level_two() -> None:
    given.customer()
    answer = given.verify(body=given.all_four()).json
    assert (answer["status"], answer["level"]) == ("matched", 2)
    assert answer["channels"] == ["police", "carrier", "bank:ICBC"]
    assert (answer["phone"], answer["card"]) == ("138****1234", f"****{given.card(ICBC)[-4:]}")


def test_cards_of_two_more_banks_give_level_three_and_of_the_same_bank_do_not() -> None:
    given.customer()
    other_icbc = "621226123456789012"
    levels = [
        given.verify(key=first, body=given.facts(phone=PHONE, card_number=given.card(first))).json["level"]
        for first in (ICBC, other_icbc, CCB, CMB)
    ]
    assert levels == [2, 2, 2, 3]


def test_a_level_once_reached_stays_when_less_is_verified_again() -> None:
    given.customer()
    given.verify(key="1", body=given.all_four())
    assert given.verify(key="2").json["level"] == 2
    assert profile().level == 2


# Mismatches and refusals ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        (given.facts(id_number=given.id_number(sequence="404")), ["id_number"]),
        (given.facts(id_number=given.id_number(sequence="405")), ["name"]),
        (given.facts(phone="13812340404"), ["phone"]),
        (given.facts(card_number=given.card("622202123456780404")), ["card"]),
    ],
)
def test_what_does_not_match_gives_no_level_and_only_the_bank_hears_what(
    body: dict[str, Any], wrong: list[str]
) -> None:
    given.customer()
    answer = given.verify(body=body).json
    assert (answer["status"], answer["level"], answer["mismatched"]) == ("mismatched", None, None)
    path = f"/verifications/{answer['verification_id']}"
    assert given.get(path, principal=http.staff()).json["mismatched"] == wrong
    assert given.get(path, principal=http.CHANNEL, client_id="cli_app").json["mismatched"] is None
    assert store.get(ProfileRow, ANN, tables.PROFILE) is None


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"id_number": given.id_number(born="20110101")}, "too_young"),
        ({"document_expires_on": "2026-11-21"}, "document_expired"),
    ],
)
def test_minors_and_old_documents_cost_no_try(at: Clock, changed: dict[str, Any], code: str) -> None:
    given.customer()
    reply = given.verify(body=given.facts(**changed))
    assert (reply.status, reply.json["code"]) == (409, code)
    assert everything() == []


def test_a_customer_is_one_person() -> None:
    given.customer()
    given.verify(key="1")
    reply = given.verify(key="2", body=given.facts(id_number=given.id_number()))
    assert (reply.status, reply.json["code"]) == (409, "identity_differs")


def test_a_customer_is_one_person_also_when_two_answers_come_at_once() -> None:
    given.customer()
    slow = given.facts(phone="13812340503")
    first = given.verify(key="1", body=slow).json["verification_id"]
    given.verify(key="2", body=given.facts(id_number=given.id_number()))
    row = concluding.load(first)
    done = concluding.conclude(row, Facts(ZHANG, ID_NUMBER), Matched(("police",)))
    assert (done.status, done.reason) == ("refused", "identity_differs")


def test_an_id_number_verifies_three_customers_and_no_fourth() -> None:
    outcomes = []
    for customer_id in (ANN, BEN, CARA, DORA):
        given.customer(customer_id)
        answer = given.verify(customer_id).json
        outcomes.append((answer["status"], answer["reason"]))
    assert outcomes == [("matched", None)] * 3 + [("refused", "id_number_in_use")]
    assert store.get(ProfileRow, DORA, tables.PROFILE) is None


def test_strangers_with_name_and_number_use_up_nothing_of_what_their_owner_can_have_confirmed() -> None:
    """Three SIM cards and somebody's id number keep that person out of nothing."""
    for stranger in ("cus_s1", "cus_s2", "cus_s3", "cus_s4"):
        given.customer(stranger)
        given.verify(stranger)
    for customer_id in (ANN, BEN, CARA, DORA):
        given.customer(customer_id)

    alone = given.verify(ANN, key="alone").json
    owner = [given.verify(each, body=given.all_four()).json for each in (ANN, BEN, CARA, DORA)]

    assert (alone["status"], alone["reason"]) == ("refused", "id_number_in_use")
    assert [answer["status"] for answer in owner] == ["matched"] * 3 + ["refused"]


def test_who_has_more_confirmed_counts_among_those_from_then_on() -> None:
    """And leaves their place to another who has shown name and number alone."""
    for customer_id in (ANN, BEN, CARA):
        given.customer(customer_id)
        given.verify(customer_id)
    for key in "12":
        assert given.verify(ANN, key=key, body=given.all_four()).json["status"] == "matched"
    fingerprint = vault.fingerprint("id_number", ID_NUMBER)
    uses = store.get(UsesRow, f"idn_{fingerprint}", tables.USES)
    assert uses is not None
    assert (uses.left, uses.left_confirmed) == (1, 2)
    given.customer(DORA)
    assert given.verify(DORA).json["status"] == "matched"
    # By name and number once more, one who has had more confirmed takes no other place.
    assert given.verify(ANN, key="again").json["status"] == "matched"


def test_the_same_customer_again_uses_the_number_once() -> None:
    given.customer()
    for key in "123":
        given.verify(key=key)
    fingerprint = vault.fingerprint("id_number", ID_NUMBER)
    uses = store.get(UsesRow, f"idn_{fingerprint}", tables.USES)
    assert uses is not None
    assert uses.left == 2


def test_a_day_has_five_tries_and_the_next_has_five_more(at: Clock) -> None:
    given.customer()
    body = given.facts(phone="13812340404")
    assert [given.verify(key=str(number), body=body).status for number in range(6)] == [201] * 5 + [409]
    refused = given.verify(key="7", body=body)
    assert refused.json["code"] == "no_tries_left"
    assert 0 < int(refused.headers["Retry-After"]) <= 86_400
    # Another customer has their own, and at midnight in Shanghai the day is another.
    given.customer(BEN)
    assert given.verify(BEN, key="b").status == 201
    at.pass_(hours=12)
    assert given.verify(key="8", body=body).status == 201


# Once per key ---------------------------------------------------------------------------------------------


def test_the_same_key_again_hears_the_same_and_costs_no_try() -> None:
    given.customer()
    first = given.verify(body=given.all_four())
    for _ in range(7):
        again = given.verify(body=given.all_four())
        assert again.json == first.json
        assert again.headers["Idempotent-Replayed"] == "true"
    other = given.verify(body=given.facts())
    assert (other.status, other.json["code"]) == (422, "idempotency_key_reused")


def test_a_key_is_needed() -> None:
    given.customer()
    reply = http.call(app.app, "POST", "/me/verifications", given.facts(), principal=http.customer(ANN))
    assert (reply.status, reply.json["code"]) == (400, "idempotency_key_required")


def test_two_customers_of_a_channel_share_no_keys() -> None:
    given.customer()
    given.customer(BEN)
    one, other = given.verify(ANN, key="k").json, given.verify(BEN, key="k").json
    assert one["verification_id"] != other["verification_id"]
    assert other["customer_id"] == BEN


# Without an answer ----------------------------------------------------------------------------------------


def run_job() -> dict[str, int]:
    return app.on_pending({}, http.context())


def test_what_comes_of_a_verification_is_told_with_who_asked(at: Clock) -> None:
    given.customer()
    given.verify()

    (entry,) = (row for row in AuditEntryRow.scan() if row.action == "kyc.concluded")
    assert (entry.actor, entry.actor_kind, entry.subject_id) == (ANN, "customer", ANN)
    assert entry.after["status"] == "matched"


def test_without_an_answer_it_is_pending_and_the_job_asks_until_it_knows(at: Clock) -> None:
    given.customer()
    body = given.facts(phone="13812340503", card_number=given.card(ICBC))
    answer = given.verify(body=body).json
    assert (answer["status"], answer["level"], answer["concluded_at"]) == ("pending", None, None)
    assert run_job() == {}
    at.pass_(seconds=29)
    assert run_job() == {}
    at.pass_(seconds=2)
    assert run_job() == {"matched": 1}
    seen = given.get(f"/me/verifications/{answer['verification_id']}", principal=http.customer(ANN)).json
    assert (seen["status"], seen["level"]) == ("matched", 2)
    assert run_job() == {}
    (entry,) = (row for row in AuditEntryRow.scan() if row.action == "kyc.concluded")
    assert (entry.actor, entry.actor_kind) == ("kyc-on-pending", "system")
    assert (entry.subject_id, entry.customer_id) == (ANN, ANN)
    assert (entry.before, entry.after["level"]) == ({"level": 0}, 2)


def test_a_function_that_died_while_it_asked_is_made_up_for(
    at: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Dying:
        def verify(self, question: Any) -> Any:
            raise SystemExit

    given.customer()
    with monkeypatch.context() as patch:
        patch.setattr("kyc.adapters.providers.chosen", Dying)
        with pytest.raises(SystemExit):
            given.verify()
    assert given.verify().json["status"] == "pending"
    at.pass_(minutes=1)
    assert run_job() == {"matched": 1}
    assert given.verify().json["status"] == "matched"


def test_each_question_has_one_number_and_waits_longer_each_time(
    at: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers: list[str] = []

    class Down:
        def verify(self, question: Any) -> Any:
            numbers.append(question.request_number)
            return Unavailable()

    monkeypatch.setattr("kyc.adapters.providers.chosen", Down)
    given.customer()
    verification_id = given.verify().json["verification_id"]
    waits = []
    for _ in range(9):
        row = concluding.load(verification_id)
        wait = clock.parse(row.ask_at) - at.moment
        waits.append(wait.total_seconds())
        at.pass_(seconds=wait.total_seconds())
        assert run_job() == {"pending": 1}
    assert set(numbers) == {verification_id}
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]


def test_one_that_cannot_be_asked_stops_no_other(at: Clock) -> None:
    given.customer()
    given.customer(BEN)
    body = given.facts(phone="13812340503")
    broken = given.verify(ANN, body=body).json["verification_id"]
    given.verify(BEN, body=body)
    store.client().update_item(
        TableName=config.table_prefix + "kyc",
        Key={"subject": {"S": broken}, "record": {"S": "verification"}},
        UpdateExpression="SET name_sealed = :x",
        ExpressionAttributeValues={":x": {"B": b"altered"}},
    )
    at.pass_(minutes=1)
    assert run_job() == {"failed": 1, "matched": 1}


def test_an_answer_counts_once_whoever_brings_it() -> None:
    given.customer()
    pending = given.verify(body=given.facts(phone="13812340503")).json["verification_id"]
    row, facts = concluding.load(pending), Facts(ZHANG, ID_NUMBER, "13812340503")
    concluding.conclude(row, facts, Matched(("police", "carrier")))
    late = concluding.conclude(concluding.load(pending), facts, Mismatched(("phone",)))
    assert late.status == "matched"
    assert profile().revision == 1


# Personal data --------------------------------------------------------------------------------------------


def test_nothing_of_a_person_stands_readable_in_a_table_an_answer_or_a_log(
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    published_events: list[dict[str, Any]],
) -> None:
    given.customer()
    number = given.card(ICBC)
    replies = [given.verify(key="1", body=given.all_four()).body]
    replies.append(given.verify(key="2", body=given.facts(phone="13812340503", card_number=number)).body)
    replies.append(given.get("/me/verifications", principal=http.customer(ANN)).body)
    replies.append(given.get("/me/cards", principal=http.customer(ANN)).body)
    app.on_kyc(given.changes(), http.context())
    assert published_events
    written = json.dumps([*everything(), *published_events], default=repr) + "".join(replies) + caplog.text
    written += "".join(capsys.readouterr())
    for marker in (ZHANG, ID_NUMBER, PHONE, "13812340503", number):
        assert marker not in written
        assert ascii(marker)[1:-1] not in written


def test_what_was_asked_is_forgotten_once_it_is_answered_and_kept_where_it_belongs() -> None:
    given.customer()
    verification_id = given.verify(body=given.all_four()).json["verification_id"]
    row = store.get(VerificationRow, verification_id, tables.VERIFICATION)
    assert row is not None
    assert (row.name_sealed, row.id_number_sealed, row.phone_sealed, row.ask_at) == (None,) * 4
    kept = profile()
    for field, value in (("name", ZHANG), ("id_number", ID_NUMBER), ("phone", PHONE)):
        place = {"record": ANN, "field": field}
        assert vault.unseal(getattr(kept, f"{field}_sealed"), context=place) == value


def test_a_wrong_fact_is_named_and_not_repeated() -> None:
    given.customer()
    reply = given.verify(body=given.facts(id_number="110105194912310021", phone="12345678901"))
    assert reply.status == 422
    assert {error["field"] for error in reply.json["errors"]} == {"id_number", "phone"}
    assert "110105194912310021" not in reply.body
    assert "12345678901" not in reply.body


# Cards ----------------------------------------------------------------------------------------------------


def add_card(number: str, customer_id: str = ANN) -> http.Reply:
    return http.call(
        app.app, "POST", "/me/cards", {"card_number": number}, principal=http.customer(customer_id)
    )


def test_a_card_is_a_token_the_same_for_the_same_customer_alone() -> None:
    given.customer()
    given.customer(BEN)
    number = given.card(ICBC)
    one, again, bens = add_card(number), add_card(f"{number[:4]} {number[4:]}"), add_card(number, BEN)
    assert one.status == again.status == bens.status == 201
    assert one.json == again.json
    assert again.headers["Idempotent-Replayed"] == "true"
    assert one.json["card_id"] != bens.json["card_id"]
    assert one.json["card"] == f"****{number[-4:]}"
    assert (one.json["bank"], one.json["kind"], one.json["verified"]) == ("ICBC", "debit", False)


def test_a_card_that_a_verification_matched_is_verified() -> None:
    given.customer()
    token = add_card(given.card(ICBC)).json["card_id"]
    add_card(given.card(CCB))
    assert given.verify(body=given.all_four()).json["card_id"] == token
    cards = given.get("/me/cards", principal=http.customer(ANN)).json["items"]
    assert {card["bank"]: card["verified"] for card in cards} == {"ICBC": True, "CCB": False}


def test_cards_are_listed_page_by_page_to_their_owner_alone() -> None:
    given.customer()
    given.customer(BEN)
    tokens = sorted(add_card(given.card(first)).json["card_id"] for first in (ICBC, CCB, CMB))
    seen, cursor = [], None
    while True:
        query = {"limit": "1"} | ({"cursor": cursor} if cursor else {})
        page = given.get("/me/cards", principal=http.customer(ANN), query=query).json
        seen += [card["card_id"] for card in page["items"]]
        cursor = page["next_cursor"]
        if not cursor:
            break
    assert seen == tokens
    assert given.get("/me/cards", principal=http.customer(BEN)).json["items"] == []


def test_the_vault_opens_a_card_for_its_own_place_alone() -> None:
    given.customer()
    number = given.card(ICBC)
    token = add_card(number).json["card_id"]
    row = store.get(CardRow, ANN, token)
    assert row is not None
    assert vault.unseal(row.number_sealed, context={"record": token, "field": "number"}) == number
    with pytest.raises(vault.CannotOpen):
        vault.unseal(row.number_sealed, context={"record": "card_other", "field": "number"})
