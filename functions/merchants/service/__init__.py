"""Use cases of the merchants room: keep merchants and their terms, pay them out, show their QR codes."""
