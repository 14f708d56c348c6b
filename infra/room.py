"""The furniture of a new room: code, README, tests and a sample, from infra/skeleton.

    python -m infra.room lending

The room has one table, a route that creates a record, one that reads it, and an event of each creation. It
passes `make check` as it is; what it is really for then takes the place of that.
"""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from string import Template

from infra.contract import ROOT
from infra.templates import stack_name

SKELETON = ROOT / "infra" / "skeleton"
NAME = re.compile(r"[a-z]{3,20}(_[a-z]{2,20}){0,2}")


class BadName(ValueError):
    """No room can be called so."""


class _Text(Template):
    """Text with places as `%room` and `%{thing}_id`: dollars stand in CloudFormation."""

    delimiter = "%"


def make(room: str) -> list[Path]:
    """Write the files of a room and link its README on the first page; the paths. Raises BadName."""
    _require_free(room)
    words = _words(room)
    made = [_write(template, room, words) for template in sorted(SKELETON.rglob("*.tmpl"))]
    _link(room)
    return made


def _require_free(room: str) -> None:
    if not NAME.fullmatch(room):
        raise BadName(f"{room}: a room's name is small letters, its words joined by underscores")
    if importlib.util.find_spec(room):
        raise BadName(f"{room}: Python finds a module of this name already")


def _words(room: str) -> dict[str, str]:
    """Return the skeleton's words: `red_packets` keeps each `red_packet` under `/red-packets`."""
    thing = room.removesuffix("s")
    words = thing.replace("_", " ")
    article = "an" if words[0] in "aeiou" else "a"
    return {
        "room": room,
        "Room": stack_name(room),
        "path": room.replace("_", "-"),
        "prefix": thing[:3],
        "thing": thing,
        "Thing": stack_name(thing),
        "things": room.replace("_", " "),
        "words": words,
        "a_thing": f"{article} {words}",
        "A_thing": f"{article.capitalize()} {words}",
    }


def _write(template: Path, room: str, words: dict[str, str]) -> Path:
    place = template.relative_to(SKELETON).with_suffix("")
    path = ROOT.joinpath(*(re.sub(r"\broom\b|(?<=_)room\b", room, part) for part in place.parts))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_Text(template.read_text(encoding="utf-8")).substitute(words), encoding="utf-8")
    return path


def _link(room: str) -> None:
    """Add the room to the first page's row of rooms."""
    readme = ROOT / "README.md"
    link = f", [{room}](functions/{room}/README.md) |\n"
    readme.write_text(
        re.sub(r"^(\| `functions/` \|.*\S) \|\n", lambda row: row[1] + link, readme.read_text(), flags=re.M)
    )


def main(arguments: list[str]) -> int:
    """Make the room, put its code in the house's format, and write what is generated from it."""
    if len(arguments) != 1:
        print(__doc__)
        return 2
    try:
        made = make(arguments[0])
    except BadName as error:
        print(error, file=sys.stderr)
        return 1
    code = [str(path) for path in made if path.suffix == ".py"]
    for command in (["ruff", "check", "--fix", "--quiet", *code], ["ruff", "format", "--quiet", *code]):
        subprocess.run([sys.executable, "-m", *command], cwd=ROOT, check=True)
    for path in made:
        print(f"wrote {path.relative_to(ROOT)}")
    # In another process: this one has imported the rooms that there were.
    return subprocess.run([sys.executable, "-m", "infra.generate"], cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
