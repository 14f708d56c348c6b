"""What goes wrong between a handler and AWS, through botocore's events."""

from random import Random
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError

from tests.support.embedded import AwsAnswer, AwsCall, Serve, json_answer

if TYPE_CHECKING:
    from tests.simulation.world import World

WRITES = {
    "TransactWriteItems",
    "BatchWriteItem",
    "PutItem",
    "UpdateItem",
    "PutEvents",
    "PutObject",
    "SendMessageBatch",
}

# Of so many calls, in the histories that have most of it.
SHARES = {
    "interlude": 0.3,
    "throttle": 0.05,
    "conflict": 0.06,
    "unprocessed": 0.1,
    "unsent": 0.02,
    "unheard": 0.05,
    "internal": 0.02,
    "crash before": 0.02,
    "crash after": 0.02,
}


class Crash(BaseException):
    """The process died here: it tears through every handler, and the caller hears nothing."""


class Faults:
    """Some calls fail, each in a way that AWS fails; which ways and how often, a history's seed decides."""

    def __init__(self, world: "World", random: Random, rates: dict[str, float]) -> None:
        self._world = world
        self._random = random
        # Each history has its own mixture ("swarm testing"): a fault that is rare in all would hide others.
        drawn = {name: random.choice([0.0, share / 3, share, share]) for name, share in SHARES.items()}
        self.rates = drawn | rates
        # Where a service goes silent, it often stays so for all the retries of a call.
        self._silent = 0
        self.count = 0

    def around(self, call: AwsCall, serve: Serve) -> AwsAnswer:
        """Answer the call, or not."""
        if self._silent:
            return self._unheard(call, serve)
        for name, rate in self.rates.items():
            if self._random.random() < rate:
                answer: AwsAnswer | None = getattr(self, "_" + name.replace(" ", "_"))(call, serve)
                if answer is not None:
                    return answer
        return self._world.serve(call, serve)

    def _say(self, what: str, call: AwsCall) -> None:
        self.count += 1
        self._world.say(f"! {what}: {call.operation}")

    def _interlude(self, call: AwsCall, _: Serve) -> None:
        """Something else happens between what this handler has read and what it writes."""
        if call.operation in {*WRITES, "Scan"} or self._random.random() < 0.2:
            self._world.interlude()

    def _throttle(self, call: AwsCall, _: Serve) -> AwsAnswer | None:
        if call.service != "dynamodb":
            return None
        self._say("throttled", call)
        return _error("ProvisionedThroughputExceededException")

    def _conflict(self, call: AwsCall, _: Serve) -> AwsAnswer | None:
        if call.operation != "TransactWriteItems":
            return None
        self._say("conflict", call)
        codes = ["None"] * len(call.document["TransactItems"])
        codes[self._random.randrange(len(codes))] = "TransactionConflict"
        return _error("TransactionCanceledException", CancellationReasons=[{"Code": code} for code in codes])

    def _unprocessed(self, call: AwsCall, serve: Serve) -> AwsAnswer | None:
        """A part of a batch is left undone, or said to be."""
        if call.operation not in {"BatchGetItem", "BatchWriteItem", "PutEvents", "SendMessageBatch"}:
            return None
        self._say("unprocessed", call)
        if call.operation == "PutEvents":
            serve(call)
            return json_answer({"FailedEntryCount": 1, "Entries": [{"ErrorCode": "ThrottlingException"}]})
        if call.operation == "SendMessageBatch":
            serve(call)
            return json_answer({"Successful": [], "Failed": [{"Id": "0", "Code": "InternalError"}]})
        request = call.document["RequestItems"]
        if call.operation == "BatchGetItem":
            return json_answer({"Responses": {name: [] for name in request}, "UnprocessedKeys": request})
        return json_answer({"UnprocessedItems": request})

    def _unsent(self, call: AwsCall, _: Serve) -> AwsAnswer:
        self._say("not connected", call)
        raise ConnectTimeoutError(endpoint_url=call.request.url)

    def _unheard(self, call: AwsCall, serve: Serve) -> AwsAnswer:
        """It happens, and its answer is lost."""
        self._silent = self._silent - 1 if self._silent else self._random.choice([0, 0, 1, 3, 3])
        self._say("time-out after success", call)
        self._world.serve(call, serve)
        raise ReadTimeoutError(endpoint_url=call.request.url)

    def _internal(self, call: AwsCall, serve: Serve) -> AwsAnswer | None:
        """HTTP 500: it may have happened."""
        if call.service == "s3":
            return None
        if self._random.random() < 0.5:
            self._world.serve(call, serve)
        self._say("internal server error", call)
        return _error("InternalServerError", status=500)

    def _crash_before(self, call: AwsCall, _: Serve) -> AwsAnswer:
        self._say("crash before", call)
        raise Crash

    def _crash_after(self, call: AwsCall, serve: Serve) -> AwsAnswer:
        self._world.serve(call, serve)
        self._say("crash after", call)
        raise Crash


def _error(code: str, status: int = 400, **members: Any) -> AwsAnswer:
    return json_answer(
        {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": code, **members}, status
    )
