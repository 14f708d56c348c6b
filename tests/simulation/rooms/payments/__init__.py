"""Payments: made, held, captured, cancelled, expired, refunded and shared, each in any order and at once."""

from tests.simulation.rooms.payments.ends import Payments

__all__ = ["Payments"]
