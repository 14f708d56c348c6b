"""Requests and answers of the benefits room: its HTTP contract."""
