"""Who may call which of the merchants room's operations."""

from tests.support.authorisation import KEEPERS, LIST, OWN, RECORD, Rule

REASON = {"reason": "asked for"}
MERCHANT = "/merchants/{merchant}"

RULES = {
    "register_merchant": Rule(OWN, KEEPERS),
    "list_merchants": Rule(LIST),
    "get_merchant": Rule(RECORD, path=MERCHANT),
    "change_merchant": Rule(RECORD, KEEPERS, MERCHANT, {"name": "Renamed"}),
    "suspend_merchant": Rule(RECORD, KEEPERS, f"{MERCHANT}/suspend", REASON),
    "resume_merchant": Rule(RECORD, KEEPERS, "/merchants/{suspended}/resume", REASON),
    "close_merchant": Rule(RECORD, KEEPERS, f"{MERCHANT}/close", REASON),
    "get_qr": Rule(RECORD, path=f"{MERCHANT}/qr"),
}
