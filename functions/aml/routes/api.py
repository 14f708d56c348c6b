"""The room's HTTP function, which the modules beside this hang their views on."""

from bank.access.principal import Kind
from bank.http import Api

app = Api("aml")


# Nobody is screened by himself, and hits are not for those who are.
BANK = (Kind.CHANNEL, Kind.STAFF)
# What people decide on is decided in a session of theirs, whatever a system of the bank may do.
STAFF = (Kind.STAFF,)
