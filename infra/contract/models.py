"""The models of all rooms' requests and answers, as schemas."""

import functools
import importlib

from pydantic import BaseModel

from bank.http import Operation, Problem
from bank.http.proposals import ProposalAnswer
from infra.contract import rooms
from infra.contract.schemas import Components


@functools.cache
def components() -> Components:
    """The schema of each model that some operation takes or answers."""
    operations = [operation for _, operation in rooms.operations()]
    taken = [model for operation in operations for model in (operation.body, operation.query) if model]
    answered = [operation.answer for operation in operations if operation.answer]
    answered.append(ProposalAnswer)
    answered += [oauth_error(operation) for operation in operations if operation.form]
    return Components([*taken, Problem], answered)


def oauth_error(operation: Operation) -> type[BaseModel]:
    """The model of the refusals of a route that takes a form."""
    model: type[BaseModel] = importlib.import_module(f"{operation.tag}.schemas").TokenError
    return model
