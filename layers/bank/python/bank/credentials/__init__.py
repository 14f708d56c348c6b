"""Secrets that people show: passwords, authenticators' codes, refresh and payment tokens; the lockout."""
