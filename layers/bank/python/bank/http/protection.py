"""Headers of every answer, whoever gives it: a room, Chalice beneath it, or the gateway in front.

No answer names an origin that may read it (CORS): the API is for servers and apps, and pages are served from
its own host. So browsers let no other page read what it says.
"""

# OWASP ASVS 5.0, 3.4.1 and 3.4.4: two years of TLS alone; nothing is taken for what it is not said to be.
ALWAYS = {
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
}
# ASVS 14.3.2: whatever an answer says, it is for the caller. Those that anybody may keep say so themselves.
UNLESS_KEPT = {"Cache-Control": "no-store"}
