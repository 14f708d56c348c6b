"""Recorded exchanges, given to today's code: on moto, with what was stored then, at the time it was then."""

import base64
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID

from bank import clock
from bank.config import config
from tests.compatibility import functions, material, shapes
from tests.compatibility.exchanges import Exchange, Stored, body_of
from tests.compatibility.release import Line, Release
from tests.compatibility.watch import Watch
from tests.support import embedded, mocked
from tests.support.http import context


class Bank:
    """Today's functions on the tables, keys, buckets and queues that a release had."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def take(self, exchange: Exchange, *, again: bool = False, event: Any = None) -> Exchange:
        """Give the exchange's event, or another, to its function; `again` where it has been there before."""
        self._restore([*exchange.before, *(exchange.written if again else ())], exchange.objects)
        moment = clock.parse(exchange.at)
        function = functions.handler(exchange.function)
        with clock.source(lambda: moment):
            given = functions.whole(event or exchange.event)
            return self._watch.call(exchange.function, function, given, context(exchange.function))

    def _restore(self, items: list[Stored], objects: list[Line]) -> None:
        embedded.furnish()
        for name, item in items:
            embedded.put(config.table_prefix + name, item)
        s3 = get_backend("s3")[DEFAULT_ACCOUNT_ID]["global"]
        for bucket in s3.buckets.values():
            bucket.keys.clear()
        # What was put last is listed first, and is what there is where no version is named.
        for each in reversed(objects):
            put = s3.put_object(each["bucket"], each["key"], _content(each))
            put._version_id = each["version"]


def _content(stored: Line) -> bytes:
    return stored["text"].encode() if "text" in stored else base64.b64decode(stored["base64"])


@contextmanager
def bank(release: Release) -> Iterator[Bank]:
    """Everything that the release's functions stood on, with its keys."""
    watch = Watch()
    with material.used(release.keys), watch.installed(), mocked.cloud():
        embedded._forget_clients()
        _furnish(release)
        yield Bank(watch)
    embedded._forget_clients()


def _furnish(release: Release) -> None:
    for name in release.about["buckets"]:
        s3 = boto3.client("s3", region_name=config.region)
        s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    for name in release.about["queues"]:
        boto3.client("sqs", region_name=config.region).create_queue(QueueName=name)


def findings(bank: Bank, exchange: Exchange) -> list[str]:
    """All that today's code does otherwise with an exchange of the release."""
    try:
        now = bank.take(exchange)
        found = (same if exchange.reads else taken)(exchange, now)
        if exchange.repeatable:
            found += [f"again: {each}" for each in repeated(exchange, bank.take(exchange, again=True))]
    except Exception as error:
        return [f"raised {error!r}"]
    return found


# What came of it ------------------------------------------------------------------------------------


def taken(then: Exchange, now: Exchange) -> list[str]:
    """Compare a call that changes something: how it ends, and the shape of what it answers, writes and sends.

    Those are read by the client, and by functions of the release before while both run.
    """
    if then.status != now.status:
        return [f"answered {now.status} instead of {then.status}: {_problem(now)}"]
    found = [f"answer: {each}" for each in _answer_differences(then, now)]
    found += _unlike("wrote to", _shaped(then.written), _shaped(now.written))
    return found + _unlike("sent to", _texts(then.sent), _texts(now.sent))


def same(then: Exchange, now: Exchange) -> list[str]:
    """Compare a call that changes nothing: all that was answered then must be answered again."""
    if then.status != now.status:
        return [f"answered {now.status} instead of {then.status}: {_problem(now)}"]
    return list(_missing(body_of(then.answer), body_of(now.answer), "answer"))


def repeated(then: Exchange, now: Exchange) -> list[str]:
    """Compare a request that is sent again: it gets the recorded answer, marked as a replay."""
    found = same(then, now)
    if not found and now.answer["headers"].get("Idempotent-Replayed") != "true":
        found.append("does not say that it is a replay")
    return found


def _problem(now: Exchange) -> str:
    """The reason of a refusal in a few words that are the same each time."""
    body = body_of(now.answer)
    if not isinstance(body, dict):
        return str(body)
    wrong = [f"{each['field']} {each['message']}" for each in body.get("errors") or ()]
    return "; ".join([str(body.get("code")), *wrong])


def _answer_differences(then: Exchange, now: Exchange) -> list[str]:
    before, after = (body_of(each.answer) for each in (then, now))
    if not isinstance(before, dict | list):
        return [] if type(before) is type(after) else [f"was {before!r} and is {after!r}"]
    return shapes.differences(shapes.of_value(before), shapes.of_value(after))


def _told(value: Any, path: str) -> Any:
    """What a value tells a client: of a presigned URL not when it was signed, of a cursor that it is one."""
    if not isinstance(value, str):
        return value
    return "a cursor" if path.endswith(".next_cursor") else value.partition("?X-Amz-Algorithm=")[0]


def _missing(then: Any, now: Any, path: str) -> Iterator[str]:
    """List what of `then` is not in `now`. Objects and sets of names may have more members, lists not."""
    if isinstance(then, dict) and isinstance(now, dict):
        for name, value in then.items():
            if name not in now:
                yield f"{path}.{name} is not there any more"
            else:
                yield from _missing(value, now[name], f"{path}.{name}")
    elif isinstance(then, list) and isinstance(now, list) and (named := _lost(then, now, path)) is not None:
        yield from named
    elif _told(then, path) != _told(now, path):
        was, is_ = (json.dumps(_told(value, path)) for value in (then, now))
        yield f"{path} was {was} and is {is_}"


def _lost(then: list[Any], now: list[Any], path: str) -> Iterable[str] | None:
    """List what of a list is not there any more; None where its members cannot be compared one by one."""
    if _is_set_of_names(then) and _is_set_of_names(now):
        lost = sorted(set(then) - set(now))
        return [f"{path} has lost {', '.join(lost)}"] if lost else []
    if len(then) == len(now):
        return _each(list(zip(then, now, strict=True)), path)
    if then and _ids(then).keys() < _ids(now).keys():
        pairs = [(old, _ids(now)[record_id]) for record_id, old in _ids(then).items()]
        return [f"{path} has {len(now) - len(then)} more", *_each(pairs, path)]
    return None


def _each(pairs: list[tuple[Any, Any]], path: str) -> Iterator[str]:
    for number, (old, new) in enumerate(pairs):
        yield from _missing(old, new, f"{path}[{number}]")


def _ids(records: list[Any]) -> dict[str | None, Any]:
    """Records of a list by their ids; nothing where one has none."""
    found = {_id(each): each for each in records}
    return {} if None in found else found


def _id(record: Any) -> str | None:
    """The id of a record, which is its first field, or a key's `kid`."""
    if not isinstance(record, dict):
        return None
    name = "kid" if "kid" in record else next(iter(record), "")
    return str(record[name]) if name == "kid" or name.endswith("_id") else None


def _is_set_of_names(value: Any) -> bool:
    """Return whether a list is a set: distinct texts in their order, as permissions are answered."""
    texts = isinstance(value, list) and all(isinstance(each, str) for each in value)
    return texts and value == sorted(set(value))


Shaped = list[tuple[str, shapes.Shape]]


def _shaped(items: list[Stored]) -> Shaped:
    return [(table, shapes.of_item(item)) for table, item in items]


def _texts(sent: list[tuple[str, str]]) -> Shaped:
    return [(channel, shapes.of_text(text)) for channel, text in sent]


def _unlike(what: str, then: Shaped, now: Shaped) -> list[str]:
    """Each thing written then beside the one of today that has most of it, and of these the most like it."""
    found, left = [], list(now)
    for place, shape in then:
        rivals = [each for each in left if each[0] == place]
        if not rivals:
            found.append(f"{what} {place} nothing any more")
            continue
        lost, _, best = min(
            ((shapes.differences(shape, each[1]), _distance(shape, each[1]), each) for each in rivals),
            key=lambda rival: (len(rival[0]), rival[1]),
        )
        left.remove(best)
        found += [f"{what} {place}: {each}" for each in lost]
    return found


def _distance(then: shapes.Shape, now: shapes.Shape) -> int:
    return len(set(then.items()) ^ set(now.items()))
