"""Reasons for which a benefit does not apply to a cart: stable codes, and a sentence for each to show."""

from enum import StrEnum


class Reason(StrEnum):
    """Codes of reasons. Clients keep them: none changes its meaning."""

    NO_ELIGIBLE_ITEM = "no_eligible_item"
    REQUIRED_ITEM_MISSING = "required_item_missing"
    MINIMUM_NOT_MET = "minimum_not_met"
    QUANTITY_NOT_MET = "quantity_not_met"
    NOTHING_TO_DISCOUNT = "nothing_to_discount"
    ITEMS_DISCOUNTED = "items_discounted"
    MINIMUM_NOT_MET_AFTER_OTHERS = "minimum_not_met_after_others"
    NOTHING_LEFT_AFTER_OTHERS = "nothing_left_after_others"
    GROUP_USED = "group_used"
    NOT_COMBINABLE = "not_combinable"
    LIMIT_REACHED = "limit_reached"
    BETTER_WITHOUT = "better_without"


# What a reason is called where it holds only because of what other benefits have taken off before.
AFTER_OTHERS = {
    Reason.MINIMUM_NOT_MET: Reason.MINIMUM_NOT_MET_AFTER_OTHERS,
    Reason.QUANTITY_NOT_MET: Reason.ITEMS_DISCOUNTED,
    Reason.NOTHING_TO_DISCOUNT: Reason.NOTHING_LEFT_AFTER_OTHERS,
}

# English and Chinese.
SENTENCES: dict[Reason, tuple[str, str]] = {
    Reason.NO_ELIGIBLE_ITEM: ("It is for none of these items.", "订单中没有可使用该权益的商品。"),
    Reason.REQUIRED_ITEM_MISSING: (
        "An item that must be bought with it is missing.",
        "缺少须同时购买的商品。",
    ),
    Reason.MINIMUM_NOT_MET: (
        "The items that it is for do not reach its minimum spend.",
        "适用商品未达到使用门槛。",
    ),
    Reason.QUANTITY_NOT_MET: ("There are too few of the items that it is for.", "适用商品件数不足。"),
    Reason.NOTHING_TO_DISCOUNT: (
        "The items that it is for leave it nothing to take off.",
        "适用商品没有可优惠的金额。",
    ),
    Reason.ITEMS_DISCOUNTED: (
        "It is only for items without other discounts.",
        "该权益仅限未享受其他优惠的商品。",
    ),
    Reason.MINIMUM_NOT_MET_AFTER_OTHERS: (
        "After the other discounts, its minimum spend is not reached.",
        "使用其他优惠后，未达到使用门槛。",  # noqa: RUF001
    ),
    Reason.NOTHING_LEFT_AFTER_OTHERS: (
        "After the other discounts, there is nothing left to take off.",
        "使用其他优惠后，没有可优惠的金额。",  # noqa: RUF001
    ),
    Reason.GROUP_USED: ("Another benefit of its kind is used.", "同类权益只能使用一项，已使用另一项。"),  # noqa: RUF001
    Reason.NOT_COMBINABLE: ("It cannot be combined with the others.", "不能与其他权益同时使用。"),
    Reason.LIMIT_REACHED: (
        "As many benefits as can be combined are used.",
        "已达到可同时使用的权益数量上限。",
    ),
    Reason.BETTER_WITHOUT: (
        "The others save as much or more without it.",
        "不使用该权益，其他权益的优惠同样多或更多。",  # noqa: RUF001
    ),
}
