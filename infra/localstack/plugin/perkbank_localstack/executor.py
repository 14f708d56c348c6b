"""Runs a Lambda function as a process on this machine, where LocalStack itself would want Docker.

One process per execution environment; LocalStack decides how many there are and reuses them. A process that
ran over the function's time-out is killed, and the next invocation of its environment starts a new one.
"""
# LocalStack is installed in an environment of its own, where type checkers do not look.
# mypy: disable-error-code="import-not-found,misc"

import json
import logging
import os
import tempfile
import threading
from pathlib import Path
from typing import Any

from localstack import config
from localstack.services.lambda_.invocation.executor_endpoint import StatusErrorException
from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, InvocationResult
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin
from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor

from .process import Ended, TimedOut, Worker

LOG = logging.getLogger(__name__)
HOST = "127.0.0.1"
# Set by whoever starts LocalStack: the functions' Python, and the folder of what Lambda's runtime brings.
PYTHON_VARIABLE = "PERKBANK_LAMBDA_PYTHON"
RUNTIME_VARIABLE = "PERKBANK_LAMBDA_RUNTIME"
# Seconds that every function gets at least: time-outs are for Lambda's processors.
PATIENCE_VARIABLE = "PERKBANK_LAMBDA_PATIENCE"
# Of LocalStack's own environment, functions get no more than this.
INHERITED = ("PATH", "LANG")


class ProcessExecutorPlugin(RuntimeExecutorPlugin):
    """LAMBDA_RUNTIME_EXECUTOR=process."""

    name = "process"

    def load(self, *args: Any, **kwargs: Any) -> type[RuntimeExecutor]:
        """The executor's class."""
        return ProcessExecutor


class ProcessExecutor(RuntimeExecutor):
    """One execution environment."""

    def __init__(self, id: str, function_version: FunctionVersion) -> None:
        super().__init__(id, function_version)
        self._environment: dict[str, str] = {}
        self._worker: Worker | None = None
        self._one_at_a_time = threading.Lock()

    # What LocalStack asks of an executor -----------------------------------------------------------

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        """Unpack code and layers."""
        for code in _codes(function_version):
            code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        """Remove the unpacked code. Layers stay: other functions may use them."""
        function_version.config.code.destroy_cached()

    def start(self, env_vars: dict[str, Any]) -> None:
        """Start the process and import the handler. Raises StatusErrorException when that fails."""
        inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
        self._environment = {
            **inherited,
            **{name: str(value) for name, value in env_vars.items()},
            "LAMBDA_TASK_ROOT": str(self._folders()[0]),
        }
        self._worker = self._started()

    def stop(self) -> None:
        """End the process, whatever it is doing."""
        if self._worker:
            self._worker.kill()

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        """Call the handler, for no longer than the function's time-out, or the patience asked for."""
        request_id = payload["invoke-id"]
        seconds = max(self.function_version.config.timeout, float(os.environ.get(PATIENCE_VARIABLE, "0")))
        with self._one_at_a_time:
            try:
                answer = self._living().call(payload, seconds)
            except TimedOut as timed_out:
                message = f"{request_id} Task timed out after {seconds:.2f} seconds"
                return self._gone(request_id, "Sandbox.Timedout", message, timed_out.logs)
            except Ended as ended:
                message = f"RequestId: {request_id} Error: Runtime exited without an answer"
                return self._gone(request_id, "Runtime.ExitError", message, ended.logs)
        return InvocationResult(request_id, answer.body.encode(), answer.failed, answer.logs)

    def get_address(self) -> str:
        """Return the address of this environment, for LocalStack."""
        return HOST

    def get_endpoint_from_executor(self) -> str:
        """Return the address of LocalStack, for this environment."""
        return HOST

    def get_runtime_endpoint(self) -> str:
        """Part of the protocol with LocalStack's container images; nothing here calls it."""
        return f"http://{HOST}:{config.GATEWAY_LISTEN[0].port}/_localstack_lambda/{self.id}"

    def get_logs(self) -> str:
        """All that the process wrote that no invocation has answered for yet."""
        return self._worker.logs() if self._worker else ""

    # How ------------------------------------------------------------------------------------------

    def _gone(self, request_id: str, kind: str, message: str, logs: str) -> InvocationResult:
        """Answer for a process that is no more, and say so in LocalStack's log and in the function's."""
        LOG.warning("%s: %s", self.function_version.id.function_name, message)
        error = json.dumps({"errorType": kind, "errorMessage": message})
        return InvocationResult(request_id, error.encode(), True, f"{logs}{message}\n")

    def _living(self) -> Worker:
        if self._worker is None or not self._worker.alive():
            self._worker = self._started()
        return self._worker

    def _started(self) -> Worker:
        worker = Worker(
            python=os.environ[PYTHON_VARIABLE],
            handler=self.function_version.config.handler,
            path=[*map(str, self._folders()), os.environ[RUNTIME_VARIABLE]],
            environment=self._environment,
            log=Path(tempfile.gettempdir()) / f"lambda-{self.id}.log",
        )
        refused = worker.started()
        if refused is not None:
            worker.kill()
            raise StatusErrorException("the handler could not be imported", payload=refused.encode())
        return worker

    def _folders(self) -> list[Path]:
        """Return the folders of sys.path, as on Lambda: the code, then the layers; a later one wins."""
        code, *layers = (code.get_unzipped_code_location() for code in _codes(self.function_version))
        return [code, *(layer / "python" for layer in reversed(layers))]


def _codes(function_version: FunctionVersion) -> list[Any]:
    settings = function_version.config
    return [settings.code, *(layer.code for layer in settings.layers)]
