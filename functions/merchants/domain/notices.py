"""Notices to merchants: which acts are told to a merchant's contact, when, and how."""

from collections.abc import Collection, Iterable
from datetime import datetime
from enum import StrEnum

from bank.clock import SHANGHAI


class When(StrEnum):
    """Times at which an act is told."""

    # While it waits, so that it can be stopped.
    APPROVED = "approved"
    DONE = "done"


# Of suspensions those of the bank's staff: a channel does its own alone and as often as it likes, and names
# the phone too, so that it could have the bank send anybody messages without end.
TOLD = {
    "merchants.change_merchant": (When.APPROVED, When.DONE),
    "merchants.suspend_merchant": (When.DONE,),
    "merchants.resume_merchant": (When.DONE,),
    "merchants.close_merchant": (When.DONE,),
}
# Acts on merchants and their accounts that are told to nobody, and why.
SILENT = {
    "merchants.register_merchant": "nobody is there before it, and anybody's phone could be sent messages",
    "accounts.freeze_account": "may be a court's or for suspected laundering, which must not be told",
    "accounts.unfreeze_account": "would tell of the freeze",
    "accounts.change_limits": "of a settlement account changes neither where money goes nor what it costs",
    "accounts.close_account": "takes an account at zero, and other payouts go on",
}
# What of a merchant's terms is told, in the order of weight.
TERMS = {"bank_account": "收款账户", "fee": "手续费", "settlement": "结算周期", "contact": "联系手机"}
STOP = "如非贵方申请,请立即联系开户网点或客服"


def approved(merchant_id: str, terms: Collection[str], *, account: str, usable_from: datetime | None) -> str:
    """Tell that terms may be changed from an instant on; `account` is the end of the new one's number."""
    start = usable_from.astimezone(SHANGHAI) if usable_from else None
    since = f"最早于{start.month}月{start.day}日{start:%H:%M}" if start else "即将"
    shown = f"(尾号{account})" if account else ""
    return _text(merchant_id, f"已批准变更{_listed(terms, shown)},{since}生效", f"{STOP}停止变更")


def changed(merchant_id: str, terms: Collection[str]) -> str:
    """Tell that terms are others now."""
    return _text(merchant_id, f"已变更{_listed(terms)}", STOP)


def suspended(merchant_id: str) -> str:
    """Tell that no payments are taken and none paid out; not why, nor by whom."""
    return _text(merchant_id, "已暂停收款和结算", "如有疑问,请联系开户网点或客服")


def resumed(merchant_id: str) -> str:
    """Tell that payments and payouts go on."""
    return _text(merchant_id, "已恢复收款和结算", STOP)


def closing(merchant_id: str) -> str:
    """Tell that no payments are taken from now on, for good, and that what was earned is paid out."""
    return _text(merchant_id, "已开始注销,停止收款,余款将继续结算", STOP)


def told_terms(names: Iterable[str]) -> list[str]:
    """Those of the named terms that are told."""
    given = set(names)
    return [name for name in TERMS if name in given]


def _listed(terms: Collection[str], account: str = "") -> str:
    return "、".join(TERMS[name] + account * (name == "bank_account") for name in told_terms(terms))


def _text(merchant_id: str, happened: str, advice: str) -> str:
    # By the end of its id: a name is its channel's words, which the bank does not send to anybody.
    return f"【Perkbank】贵方商户(编号尾号{merchant_id[-6:]}){happened}。{advice}。"
