"""Refusals of what operators ask for clients and their keys."""

from bank import errors


class ClientNotFound(errors.NotFound):
    """404: no such client."""

    code = "client_not_found"


class KeyNotFound(errors.NotFound):
    """404: the client has no such key."""

    code = "key_not_found"


class KeyRetired(errors.Conflict):
    """409: the key counts no longer, or ends sooner."""

    code, title = "key_retired", "Key retired"


class ClientExists(errors.Conflict):
    """409: the id is taken."""

    code, title = "client_exists", "Client exists"


class ClientRevoked(errors.Conflict):
    """409: the client was revoked, which is for good."""

    code, title = "client_revoked", "Client revoked"
