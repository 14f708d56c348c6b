"""What the merchants room does: keep merchants and their terms, pay them out, show their QR codes."""
