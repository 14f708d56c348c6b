"""The import contracts of pyproject.toml, checked for every room there is.

    python -m infra.imports

import-linter wants each package by name. Here the rooms are found: wherever a list of the configuration holds
"{rooms}", it holds every folder of functions/, so that a new room is checked from its first file on.
"""

import sys
from typing import Any

from importlinter import configuration
from importlinter.adapters.user_options import TomlFileUserOptionReader
from importlinter.application import use_cases
from importlinter.application.app_config import settings
from importlinter.application.user_options import UserOptions

from infra.contract import rooms

ROOMS = "{rooms}"


class Contracts(TomlFileUserOptionReader):
    """The options of pyproject.toml with the rooms filled in."""

    def read_options(self, config_filename: str | None = None) -> UserOptions | None:
        """Read the options; None where the file has none."""
        options = super().read_options(config_filename)
        if options is None:
            return None
        return UserOptions(
            session_options=_filled(options.session_options),
            contracts_options=[_filled(contract) for contract in options.contracts_options],
        )


def _filled(options: dict[str, Any]) -> dict[str, Any]:
    return {
        name: [each for item in value for each in (rooms.names() if item == ROOMS else [item])]
        if isinstance(value, list)
        else value
        for name, value in options.items()
    }


def configure() -> None:
    """Let import-linter read its options through `Contracts`."""
    configuration.configure()
    settings.configure(USER_OPTION_READERS={"toml": Contracts()})


def main() -> int:
    """Check the contracts and print the report; 1 where one is broken."""
    configure()
    return 0 if use_cases.lint_imports(no_logo=True) else 1


if __name__ == "__main__":
    sys.exit(main())
