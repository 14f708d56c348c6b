"""The room's HTTP function, which the modules beside this hang their views on."""

from bank.access.principal import Kind
from bank.http import Api

app = Api("benefits")

STAFF = (Kind.STAFF,)
# Staff, and the bank's own systems.
BANK = (Kind.CHANNEL, Kind.STAFF)
CHANNELS = (Kind.CHANNEL,)
# Customers, and channels for theirs.
CUSTOMERS = (Kind.CUSTOMER, Kind.CHANNEL)
