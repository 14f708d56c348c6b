"""The room's HTTP function, which the modules beside this hang their views on."""

from bank.access.principal import Kind
from bank.http import Api

app = Api("operations")

# People, in sessions of their own.
STAFF = (Kind.STAFF,)
