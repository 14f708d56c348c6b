"""The room's HTTP function, which the modules beside this hang their views on."""

from bank.http import Api

app = Api("risk")
