"""The settings that MiniStack hands to the functions it runs."""

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
