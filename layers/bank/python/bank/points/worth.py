"""The worth of points in money: what they buy, and what the bank owes for them. Pure.

The bank owes for each account what all its points together are worth, rounded down, so that nothing drifts
however often they move. A change of the worth is booked on each account with what next moves there.
"""

# 500 points are one yuan.
POINTS_PER_FEN = 5


def worth(points: int) -> int:
    """Worth of so many points of one account together, in fen, rounded down."""
    return points // POINTS_PER_FEN


def price(amount: int) -> int:
    """The points that pay `amount` fen, exactly."""
    return amount * POINTS_PER_FEN
