"""What each room adds to the simulation: things that happen, and what must hold of what it stores.

A room's part is the module or folder of its name, and in it a class of its name: `payments`, `Payments`.
"""

import importlib
import pkgutil

from infra.contract import rooms
from infra.templates import stack_name
from tests.simulation.rooms.base import Room


def _part(room: str) -> type[Room]:
    found: type[Room] = getattr(importlib.import_module(f"{__name__}.{room}"), stack_name(room))
    return found


ROOMS = tuple(_part(module.name) for module in pkgutil.iter_modules(__path__) if module.name in rooms.names())
