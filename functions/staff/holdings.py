"""Personal data that this room keeps: of staff, whose rights are the employer's to serve."""

from bank.access.organisation import UnitRow
from bank.control.ties import TieRow
from bank.privacy.holdings import End, Fate, Holding, Whose, impersonal
from staff.tables import CustomRoleRow, DeviceRow, LoginNameRow, MemberRow, TreeVersionRow, TriesRow

HOLDINGS = (
    Holding(
        model=MemberRow,
        whose=Whose.STAFF,
        holds="members of staff: name, sealed phone, hashes of secrets, roles",
        personal=("login_name", "display_name", "phone", "pending_totp", "totp_secret", "status_reason"),
        end=End(Fate.STAYS, None, "what they did has to stay attributable"),
    ),
    impersonal(LoginNameRow, "whose a login name is", whose=Whose.STAFF),
    impersonal(TriesRow, "failures in a row by staff id or a hash, for three months", whose=Whose.STAFF),
    impersonal(DeviceRow, "digests of devices' tokens, for three months", whose=Whose.STAFF),
    impersonal(CustomRoleRow, "roles, with who made them", whose=Whose.STAFF),
    impersonal(TieRow, "who let whom in, for a month", whose=Whose.STAFF),
    impersonal(UnitRow, "units of the bank"),
    impersonal(TreeVersionRow, "version of their tree"),
)
