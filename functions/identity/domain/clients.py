"""Rules of channel clients: which are privileged; refusals of what is asked for clients and their keys."""

import re
from collections.abc import Collection

from bank import errors

CLIENT_ID = re.compile(r"[A-Za-z0-9_\-.]{1,64}")
# Who holds it makes money on its word, within the limits of its clearing account.
FUNDING = "funding:write"
# So many keys of a client may count at once: for some systems of a channel, and their rotations.
MOST_KEYS = 10


class ClientNotFound(errors.NotFound):
    """404: no such client, or not one that the caller may see."""

    code, title = "client_not_found", "Client not found"


class KeyNotFound(errors.NotFound):
    """404: the client has no such key."""

    code, title = "key_not_found", "Key not found"


class KeyRetired(errors.Conflict):
    """409: the key counts no longer, or ends sooner."""

    code, title = "key_retired", "Key retired"


class TooManyKeys(errors.Conflict):
    """409: as many keys as may count at once are there."""

    code, title = "too_many_keys", "Too many keys"


class ClientExists(errors.Conflict):
    """409: the id is taken."""

    code, title = "client_exists", "Client exists"


class ClientRevoked(errors.Conflict):
    """409: the client was revoked, which is for good."""

    code, title = "client_revoked", "Client revoked"


class ClientState(errors.Conflict):
    """409: the client's status does not allow this."""

    code, title = "client_state", "Client state"


class EnrolmentRefused(errors.Unauthorized):
    """401: the client or its enrolment code is unknown, wrong, used, or its time is over."""

    code, title = "enrolment_refused", "Enrolment refused"


def privileged(*, scopes: Collection[str], bank_wide: bool) -> bool:
    """Return whether a client is privileged: it brings money in, or acts for every channel's customers."""
    return bank_wide or FUNDING in scopes
