"""The world outside AWS: addresses that settings name, what is fetched there, and what stands in for it.

Nothing here is ever fetched from an address that a caller names.
"""

from typing import Any
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from bank import errors
from bank.config import config


class NotConfigured(errors.Unavailable):
    """503: this stage has nobody to ask, and nothing is taken for an answer."""

    code, title = "not_configured", "Not configured"


class Simulator:
    """Base of what stands in for somebody outside: it exists in the stages `local` and `test` alone.

    Elsewhere making one raises NotConfigured, so that what nobody configured answers nothing.
    """

    def __init__(self) -> None:
        if not config.simulated:
            raise NotConfigured("this stage has no provider to ask")


def address(url: str, *, setting: str) -> str:
    """Return the URL that a setting names. Raises ValueError for any but https.

    In the stages `local` and `test` it may be plain HTTP on this machine.
    """
    parts = urlsplit(url)
    here = config.simulated and parts.scheme == "http" and parts.hostname == "127.0.0.1"
    if not (here or parts.scheme == "https") or not parts.hostname or "@" in parts.netloc:
        raise ValueError(f"{setting}: {url} is neither https nor on this machine")
    return url


def fetch(request: Request | str, *, seconds: float, most_bytes: int) -> bytes:
    """Return what an `address` answers, cut off after `most_bytes`. Raises OSError, for a redirect too."""
    with _opener.open(request, timeout=seconds) as response:
        content: bytes = response.read(most_bytes)
        return content


class _NoRedirects(HTTPRedirectHandler):
    """The answer to a redirect is an error: it could lead anywhere, and off TLS."""

    def redirect_request(self, *_: Any) -> None:
        """Follow none."""


_opener = build_opener(_NoRedirects)
