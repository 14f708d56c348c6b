"""What each room adds to the simulation: things that happen, and what must hold of what it stores."""

from tests.simulation.rooms.accounts import Accounts
from tests.simulation.rooms.base import Room
from tests.simulation.rooms.merchants import Merchants
from tests.simulation.rooms.payments import Payments
from tests.simulation.rooms.risk import Risk
from tests.simulation.rooms.transfers import Transfers

ROOMS: tuple[type[Room], ...] = (Accounts, Merchants, Payments, Transfers, Risk)
