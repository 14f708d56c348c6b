"""Run a command on the local stage.

python -m infra.local start|build|deploy|status|events|messages|stop
"""

import sys

from infra.local import building, deploying, looking, server, settings

COMMANDS = {
    "start": server.start,
    "stop": server.stop,
    "build": building.build,
    "deploy": deploying.deploy,
    "status": looking.status,
    "events": looking.events,
    "messages": looking.messages,
}


def main() -> int:
    """Run the command named on the command line."""
    name = sys.argv[1] if len(sys.argv) == 2 else ""
    if name not in COMMANDS:
        print(__doc__)
        return 2
    try:
        COMMANDS[name]()
    except settings.Failed as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
