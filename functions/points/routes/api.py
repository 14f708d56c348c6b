"""The room's HTTP function, which the modules beside this hang their views on."""

from bank.access.principal import Kind
from bank.http import Api

app = Api("points")
KEEPERS = (Kind.CHANNEL, Kind.STAFF)
STAFF = (Kind.STAFF,)
CUSTOMER = (Kind.CUSTOMER,)
