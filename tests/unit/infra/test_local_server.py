"""MiniStack as it is started: how it is found again, and the settings that it hands to functions."""

import subprocess
import sys

from infra.local import server


def test_a_local_function_finds_no_package_that_lambda_has_not() -> None:
    code = "import botocore.compat, sys; print(botocore.compat.HAS_CRT, sys.modules['OpenSSL'])"
    settings = {**server._server_environment(), "PYTHONDONTWRITEBYTECODE": "1"}

    ran = subprocess.run(
        [sys.executable, "-c", code], env=settings, capture_output=True, text=True, check=True
    )

    assert ran.stdout.split() == ["False", "None"]


def test_what_was_started_is_found_again_by_its_command_line() -> None:
    assert server.SERVER.program in " ".join(server._command())
