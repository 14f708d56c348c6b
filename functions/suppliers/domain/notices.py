"""Notices to suppliers: which acts are told to a supplier's contact, when, and how."""

from collections.abc import Collection, Iterable
from datetime import datetime

from bank.clock import SHANGHAI

# While it waits, so that it can be stopped, and again when it is done.
APPROVED = frozenset({"suppliers.change_supplier"})
TOLD = APPROVED | {
    "suppliers.suspend_supplier",
    "suppliers.resume_supplier",
    "suppliers.exit_supplier",
}
SILENT = {
    "suppliers.apply_supplier": "nobody is there before it, and anybody's phone could be sent messages",
    "suppliers.admit_supplier": "tells the supplier what it has signed; nothing of its is changed",
    "suppliers.reject_supplier": "the clerk who took the application says so",
    "suppliers.announce_document": "changes neither where money goes nor what it is owed",
    "suppliers.announce_usage_file": "compares, and changes nothing",
    "suppliers.raise_dispute": "is a matter between its people and the bank's, before anything is agreed",
    "suppliers.decide_dispute": "shows in what the statement comes to, which is agreed with the supplier",
    "suppliers.agree_statement": "is what both have agreed on",
}
# What of a supplier's terms is told, in the order of weight.
TERMS = {
    "bank_account": "收款账户",
    "settlement": "结算周期",
    "contract_until": "合同期限",
    "contact": "联系手机",
}
STOP = "如非贵方申请,请立即联系业务经办行"
ASK = "如有疑问,请联系业务经办行"


def approved(supplier_id: str, terms: Collection[str], *, account: str, usable_from: datetime | None) -> str:
    """Tell that terms may be changed from an instant on; `account` is the end of the new one's number."""
    start = usable_from.astimezone(SHANGHAI) if usable_from else None
    since = f"最早于{start.month}月{start.day}日{start:%H:%M}" if start else "即将"
    shown = f"(尾号{account})" if account else ""
    return _text(supplier_id, f"已批准变更{_listed(terms, shown)},{since}生效", f"{STOP}停止变更")


def changed(supplier_id: str, terms: Collection[str]) -> str:
    """Tell that terms are others now."""
    return _text(supplier_id, f"已变更{_listed(terms)}", STOP)


def suspended(supplier_id: str) -> str:
    """Tell that nothing is handed out and nothing paid out; not why, nor by whom."""
    return _text(supplier_id, "已暂停发放和结算", ASK)


def resumed(supplier_id: str) -> str:
    """Tell that both go on."""
    return _text(supplier_id, "已恢复发放和结算", STOP)


def exiting(supplier_id: str) -> str:
    """Tell that it leaves."""
    return _text(supplier_id, "已开始退出,停止发放,余款将继续结算", STOP)


def told_terms(names: Iterable[str]) -> list[str]:
    """Those of the named terms that are told."""
    given = set(names)
    return [name for name in TERMS if name in given]


def _listed(terms: Collection[str], account: str = "") -> str:
    return "、".join(TERMS[name] + account * (name == "bank_account") for name in told_terms(terms))


def _text(supplier_id: str, happened: str, advice: str) -> str:
    # By the end of its id: a name is somebody's words, which the bank does not send to anybody.
    return f"【Perkbank】贵方供应商账户(编号尾号{supplier_id[-6:]}){happened}。{advice}。"
