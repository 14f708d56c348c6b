"""Benefits: claimed within caps, spent in payments, reserved, given away, revoked and expired, at once."""

from tests.simulation.rooms.benefits.ends import Benefits

__all__ = ["Benefits"]
