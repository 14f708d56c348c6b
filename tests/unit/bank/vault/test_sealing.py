"""Sealed fields: opened where they were sealed, and nowhere else; KMS asked seldom."""

import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from bank import vault
from tests.support import embedded

ID_NUMBER = "11010519491231002X"
PLACE = {"record": "ver_1", "field": "id_number"}


class Kms:
    """Counts the calls of KMS, and answers in its place where a test says so."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.documents: list[dict[str, Any]] = []
        self.instead: Callable[[embedded.AwsCall], embedded.AwsAnswer] | None = None

    def around(self, call: embedded.AwsCall, serve: embedded.Serve) -> embedded.AwsAnswer:
        """What stands between the clients and KMS."""
        self.calls[call.operation] += 1
        self.documents.append(call.document)
        return self.instead(call) if self.instead else serve(call)


@pytest.fixture
def kms(monkeypatch: pytest.MonkeyPatch) -> Iterator[Kms]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    counting = Kms()
    with embedded.cloud(counting.around):
        yield counting


def test_what_was_sealed_opens_for_the_same_place(kms: Kms) -> None:
    sealed = vault.seal(ID_NUMBER, context=PLACE)
    assert vault.unseal(sealed, context=PLACE) == ID_NUMBER


def test_any_text_comes_back_as_it_was(kms: Kms) -> None:
    @given(st.text())
    def comes_back(text: str) -> None:
        assert vault.unseal(vault.seal(text, context=PLACE), context=PLACE) == text

    comes_back()


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"record": "ver_2", "field": "id_number"},
        {"record": "ver_1", "field": "name"},
        {"record": "ver_1"},
        {"record": "ver_1", "field": "id_number", "more": "x"},
        {"field": "ver_1", "record": "id_number"},
    ],
)
def test_a_sealed_field_that_was_moved_does_not_open(kms: Kms, elsewhere: dict[str, str]) -> None:
    sealed = vault.seal(ID_NUMBER, context=PLACE)
    with pytest.raises(vault.CannotOpen):
        vault.unseal(sealed, context=elsewhere)


def test_there_being_nothing_to_open_takes_as_many_calls_as_opening(kms: Kms) -> None:
    sealed = vault.seal(ID_NUMBER, context=PLACE)
    told = []
    for something in (sealed, None):
        vault._decoy.cache_clear()
        vault._envelope.cache_clear()
        for _ in range(3):
            kms.calls.clear()
            opened = vault.unseal_evenly(something, context=PLACE)
            assert opened == (ID_NUMBER if something else None)
            told.append(Counter(kms.calls))

    assert told[:3] == told[3:]
    assert told[1] == told[2] == {"Decrypt": 1}
    with pytest.raises(vault.CannotOpen):
        vault.unseal_evenly(sealed, context={**PLACE, "record": "ver_2"})


def test_a_context_that_was_rewritten_in_the_sealed_bytes_does_not_open(kms: Kms) -> None:
    sealed = vault.seal(ID_NUMBER, context=PLACE)
    forged = sealed.replace(b"ver_1", b"ver_2")
    assert forged != sealed
    with pytest.raises(vault.CannotOpen):
        vault.unseal(forged, context={"record": "ver_2", "field": "id_number"})


def test_no_byte_of_it_may_change(kms: Kms) -> None:
    sealed = vault.seal(ID_NUMBER, context=PLACE)
    for position in range(len(sealed)):
        altered = bytearray(sealed)
        altered[position] ^= 1
        with pytest.raises(vault.CannotOpen):
            vault.unseal(bytes(altered), context=PLACE)


@pytest.mark.parametrize("length", [0, 1, 20, -1])
def test_a_part_of_it_does_not_open(kms: Kms, length: int) -> None:
    sealed = vault.seal(ID_NUMBER, context=PLACE)
    with pytest.raises(vault.CannotOpen):
        vault.unseal(sealed[:length], context=PLACE)


def test_nothing_of_the_text_stands_in_the_sealed_bytes_and_no_two_are_alike(kms: Kms) -> None:
    one, other = (vault.seal(ID_NUMBER, context=PLACE) for _ in range(2))
    assert one != other
    for start in range(len(ID_NUMBER) - 3):
        assert ID_NUMBER[start : start + 4].encode() not in one
    assert all(ID_NUMBER not in str(document) for document in kms.documents)


def test_a_context_names_something(kms: Kms) -> None:
    for nameless in ({}, {"record": ""}):
        with pytest.raises(ValueError, match="record and the field"):
            vault.seal(ID_NUMBER, context=nameless)


def test_a_hundred_records_sealed_and_opened_cost_one_data_key(kms: Kms) -> None:
    places = [{"record": f"ver_{number}", "field": "name"} for number in range(100)]
    sealed = [vault.seal("张三", context=place) for place in places]
    assert kms.calls == {"DescribeKey": 1, "GenerateDataKey": 1}
    for place, one in zip(places, sealed, strict=True):
        vault.unseal(one, context=place)
    # Sealing gave the plain data key for sealing only; opening asks for it once.
    assert kms.calls == {"DescribeKey": 1, "GenerateDataKey": 1, "Decrypt": 1}


def test_a_data_key_is_left_after_its_time(kms: Kms, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    vault.seal("张三", context=PLACE)
    later = time.time() + timedelta(minutes=6).total_seconds()
    monkeypatch.setattr(time, "time", lambda: later)
    vault.seal("张三", context=PLACE)
    assert kms.calls["GenerateDataKey"] == 2


def test_kms_that_refuses_is_heard_as_the_error_that_the_edge_knows(kms: Kms) -> None:
    vault._envelope()
    kms.instead = lambda _: embedded.json_answer({"__type": "DisabledException"}, 400)
    with pytest.raises(ClientError, match="DisabledException"):
        vault.seal("张三", context=PLACE)


def test_fingerprints_are_equal_for_equal_kind_and_value_alone(kms: Kms) -> None:
    made = {
        vault.fingerprint(kind, value)
        for kind, value in [("phone", "13800138000"), ("card", "13800138000"), ("phone", "13800138001")]
    }
    assert len(made) == 3
    assert vault.fingerprint("phone", "13800138000") in made
    assert all(len(one) == 64 and "13800138000" not in one for one in made)


def test_a_kind_cannot_take_from_the_value(kms: Kms) -> None:
    with pytest.raises(ValueError, match="a kind is a name"):
        vault.fingerprint("phone\x1f138", "00138000")


def test_the_sdk_is_not_imported_before_it_is_needed() -> None:
    program = "import sys; from bank import vault; sys.exit('aws_encryption_sdk' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": ":".join(sys.path)}, check=False
    )
    assert done.returncode == 0


def test_it_works_on_the_other_emulator_too(cloud: object) -> None:
    sealed = vault.seal(ID_NUMBER, context=PLACE)
    assert vault.unseal(sealed, context=PLACE) == ID_NUMBER
    assert vault.fingerprint("id", ID_NUMBER) == vault.fingerprint("id", ID_NUMBER)
    with pytest.raises(vault.CannotOpen):
        vault.unseal(sealed, context={"record": "ver_2", "field": "id_number"})
