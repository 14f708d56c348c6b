"""The room's HTTP function, which the modules beside this hang their views on."""

from bank.access.principal import Kind
from bank.http import Api

app = Api("risk")
# What fraud is found by is no channel's to know, nor a customer's: of channels, the bank's own systems alone.
READERS = (Kind.CHANNEL, Kind.STAFF)
# What people decide on is decided in a session of theirs, whatever a system of the bank may do.
STAFF = (Kind.STAFF,)
