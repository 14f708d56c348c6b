"""Authentication and authorization: principals, data scopes, sessions, access tokens, signed requests."""
