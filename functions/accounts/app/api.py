"""The room's HTTP function, which the modules beside this hang their routes on."""

from bank.http import Api

app = Api("accounts")
