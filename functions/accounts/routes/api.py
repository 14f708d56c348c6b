"""The room's HTTP function, which the modules beside this hang their views on."""

from bank.access.principal import Kind
from bank.http import Api

# Who keeps accounts for others, as against their owners.
KEEPERS = (Kind.CHANNEL, Kind.STAFF)

app = Api("accounts")
