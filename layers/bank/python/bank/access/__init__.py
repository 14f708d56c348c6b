"""Who is calling and what they may do: principals, data scopes, sessions, access tokens, signed requests."""
