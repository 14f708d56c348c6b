"""The process that a handler runs in: `python -I -S worker.py HANDLER ANSWERS PATH`.

ANSWERS is the file descriptor for answers, PATH a JSON list that goes before the standard library. It runs on
the functions' Python, not on LocalStack's, and imports nothing but the standard library itself.
"""

import importlib
import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

Handler = Callable[[Any, Any], Any]


class Context:
    """Lambda's context object."""

    def __init__(self, message: dict[str, Any]) -> None:
        self.aws_request_id: str = message["invoke-id"]
        self.invoked_function_arn: str = message["invoked-function-arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.identity = None
        self.client_context = None
        self._deadline_ms: int = message["deadline-ms"]

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the time-out."""
        return max(0, self._deadline_ms - int(time.time() * 1000))


def main() -> None:
    """Import the handler, then call it for every line of standard input, until that ends."""
    name, answers, path = sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3])
    # Before the standard library, as on Lambda; in place of this file's own folder, if Python put that there.
    sys.path[:0] = path
    try:
        handler = _handler(name)
    except BaseException as error:
        _send(answers, False, _described(error))
        raise
    _send(answers, True, None)
    for line in sys.stdin:
        message = json.loads(line)
        os.environ["_X_AMZN_TRACE_ID"] = message["trace-id"]
        try:
            answer = json.dumps(handler(json.loads(message["payload"]), Context(message)))
        except Exception as error:
            traceback.print_exc()
            _answered(answers, False, _described(error, message["invoke-id"]))
        else:
            _answered(answers, True, answer)


def _handler(name: str) -> Handler:
    module, _, function = name.rpartition(".")
    handler: Handler = getattr(importlib.import_module(module.replace("/", ".")), function)
    return handler


def _described(error: BaseException, request_id: str = "") -> str:
    return json.dumps(
        {
            "errorMessage": str(error),
            "errorType": type(error).__name__,
            "requestId": request_id,
            "stackTrace": traceback.format_tb(error.__traceback__),
        }
    )


def _answered(answers: int, ok: bool, body: str) -> None:
    # What was printed belongs to this invocation's log.
    sys.stdout.flush()
    sys.stderr.flush()
    _send(answers, ok, body)


def _send(answers: int, ok: bool, body: str | None) -> None:
    message = memoryview(json.dumps({"ok": ok, "body": body}).encode() + b"\n")
    while message:
        message = message[os.write(answers, message) :]


if __name__ == "__main__":
    main()
