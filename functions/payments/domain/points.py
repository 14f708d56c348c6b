"""Refusals of points that cannot pay."""

from bank import errors


class PointsNotOfCustomer(errors.Refusal):
    """409: points pay for customers, and this account is no customer's wallet."""

    code, title = "points_of_no_customer", "Points of no customer"


class PointsOtherCurrency(errors.Refusal):
    """409: points pay in the home currency alone."""

    code, title = "points_other_currency", "Points pay in another currency"


class PointsExceedPrice(errors.Refusal):
    """409: the points would pay all that benefits leave, or more; one minor unit at least stays to pay."""

    code, title = "points_exceed_price", "Points exceed price"
