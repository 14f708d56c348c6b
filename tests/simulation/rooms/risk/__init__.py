"""Risk: rules that are live, broken or gone, tokens that are used again, reviews decided late and twice."""

from tests.simulation.rooms.risk.books import Risk

__all__ = ["Risk"]
