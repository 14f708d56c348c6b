"""The templates: the root, what rooms share (infra/*.yaml), each room's own; read and, in part, generated.

Between `# generated: <what>` and `# end of generated` stands what follows from the rest:

- in a room's template the parameters it takes from the root, the Globals of all rooms, its alarms, which
  name each of its functions and queues, and its functions' permission to read the test clock; in that of
  `operations` the jobs of all rooms (`infra.jobs`);
- in the root template the rooms' own parameters and one nested stack a room.

Parameters are passed by name. A room's parameter is the root's parameter of that name, else the root's
resource, else the output of that name of a stack in infra/. What a room declares itself the root declares
again, so that `sam deploy --parameter-overrides` reaches it. All else is found by its conventional name,
`perkbank-${Stage}-...`: tables, queues, policies, keys, functions; so nothing refers in a circle.
"""

import functools
import re
from collections.abc import Iterator
from pathlib import Path
from string import Template
from typing import Any

import yaml

from infra import alarms, grants, jobs

ROOT = Path(__file__).resolve().parent.parent
SHARED = ("infra/tables.yaml", "infra/messaging.yaml", "infra/security.yaml", "infra/observability.yaml")
GENERATED = re.compile(
    r"^(?P<indent> *)# generated: (?P<what>\w+)\n(?P<text>.*?)^(?P=indent)# end of generated\n", re.M | re.S
)

Document = dict[str, Any]


class _Loader(yaml.CSafeLoader):
    """YAML in which `!GetAtt A.B` is `{"Fn::GetAtt": "A.B"}`, and so on."""


def _intrinsic(loader: yaml.CSafeLoader, suffix: str, node: yaml.Node) -> Document:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {name: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _intrinsic)


def parse(text: str) -> Document:
    """A template's text as data, intrinsic functions written out."""
    loaded: Document = yaml.load(text, Loader=_Loader) or {}
    return loaded


@functools.cache
def read(path: str) -> Document:
    """A template, by its path in the repository."""
    return parse((ROOT / path).read_text())


def rooms() -> list[str]:
    """Every folder of functions/ with a template of its own."""
    return sorted(path.parent.name for path in (ROOT / "functions").glob("*/template.yaml"))


def room_path(room: str) -> str:
    """Return the path of a room's template in the repository."""
    return f"functions/{room}/template.yaml"


def stack_name(room: str) -> str:
    """The logical id of a room's stack in the root template: `red_packets` is RedPackets."""
    return "".join(part.capitalize() for part in room.split("_"))


# What is generated ------------------------------------------------------------------------------------


def wanted() -> dict[Path, str]:
    """Each template with generated parts as it should be."""
    sources = {room: (ROOT / room_path(room)).read_text() for room in rooms()}
    own = {name: each for text in sources.values() for name, each in _own(text).items()}
    found = all_jobs()
    texts = {room: _room(room, text, own, found) for room, text in sources.items()}
    root = ROOT / "template.yaml"
    return {
        **{ROOT / room_path(room): text for room, text in texts.items()},
        root: _root(root.read_text(), texts),
    }


def all_jobs() -> list[jobs.Job]:
    """The scheduled jobs of all rooms, by name."""
    found = [job for room in rooms() for job in jobs.of_template(parse((ROOT / room_path(room)).read_text()))]
    return sorted(found, key=lambda job: job.job)


def _room(room: str, text: str, of_rooms: dict[str, Document], all_jobs: list[jobs.Job]) -> str:
    text = _filled(text, "globals", _globals(room))
    text = _filled(text, "schedules", jobs.schedules(all_jobs))
    text = _filled(text, "jobs", jobs.functions(all_jobs))
    text = _filled(text, "alarms", alarms.text(room, parse(text)))
    text = _filled(text, "testclock", grants.test_clock(parse(text)))
    return _filled(text, "parameters", "".join(_taken(text, of_rooms)))


def _root(text: str, texts: dict[str, str]) -> str:
    own = {room: _own(room_text) for room, room_text in texts.items()}
    text = _filled(text, "parameters", "".join(_declared_again(own)))
    return _filled(text, "rooms", "\n".join(_stacks(parse(text), texts)))


def _filled(text: str, what: str, content: str) -> str:
    """`text` with `content` in the generated part that is named; it is indented as the marks are."""

    def fill(found: re.Match[str]) -> str:
        if found["what"] != what:
            return found[0]
        indent = found["indent"]
        lines = [f"{indent}{line}" if line.strip() else line for line in content.splitlines(keepends=True)]
        return f"{indent}# generated: {what}\n{''.join(lines)}{indent}# end of generated\n"

    return GENERATED.sub(fill, text)


# Parameters -------------------------------------------------------------------------------------------


def _own(text: str) -> dict[str, Document]:
    """The parameters that a room declares itself, outside its generated parts."""
    declared: dict[str, Document] = parse(GENERATED.sub("", text)).get("Parameters") or {}
    return declared


def _taken(text: str, of_rooms: dict[str, Document]) -> Iterator[str]:
    """The parameters that a room's template uses, and the root or another room has."""
    own, root = _own(text), read("template.yaml")
    shared = {**of_rooms, **_root_parameters(), **{name: {"Type": "String"} for name in _passable(root)}}
    for name in sorted(_referred(text) & shared.keys() - own.keys()):
        yield f"{name}: {{Type: {shared[name]['Type']}}}\n"


def _root_parameters() -> dict[str, Document]:
    """The parameters that the root declares by hand."""
    return _own((ROOT / "template.yaml").read_text())


def _passable(root: Document) -> dict[str, str]:
    """Return what else the root can pass: its layers and its API by name, and outputs of what rooms share."""
    resources = {
        name: f"!Ref {name}"
        for name, resource in root["Resources"].items()
        if resource["Type"].startswith("AWS::Serverless")
    }
    outputs = {
        output: f"!GetAtt {_shared_stack(path)}.Outputs.{output}"
        for path in SHARED
        for output in read(path).get("Outputs", {})
    }
    return {**outputs, **resources}


def _referred(text: str) -> set[str]:
    """The names in `!Ref Name` and `${Name}`, without those of AWS."""
    return set(re.findall(r"!Ref (\w+)", text)) | set(re.findall(r"\$\{(\w+)\}", text))


def _declared_again(own: dict[str, dict[str, Document]]) -> Iterator[str]:
    """The rooms' own parameters, for the root. A name that several rooms have is one parameter."""
    merged: dict[str, Document] = {}
    for room, parameters in own.items():
        for name, declaration in parameters.items():
            if merged.setdefault(name, declaration) != declaration:
                raise ValueError(
                    f"{room_path(room)}: {name} is another room's parameter with another declaration"
                )
    for name, declaration in sorted(merged.items()):
        yield yaml.safe_dump({name: declaration}, sort_keys=False, width=110, allow_unicode=True)


# Stacks -----------------------------------------------------------------------------------------------


def _stacks(root: Document, texts: dict[str, str]) -> Iterator[str]:
    names = {name: f"!Ref {name}" for name in root["Parameters"]}
    passed = {**_passable(root), **names}
    for room, text in texts.items():
        parameters = parse(text)["Parameters"]
        lacking = parameters.keys() - passed.keys()
        if lacking:
            raise ValueError(
                f"{room_path(room)}: nothing is called {', '.join(sorted(lacking))} in the root template"
            )
        values = {name: passed[name] for name in sorted(parameters)}
        # What is found by its name must be there; what is referred to is so anyway.
        before = [stack for stack in map(_shared_stack, SHARED) if not _refers(values, stack)]
        yield (
            f"{stack_name(room)}:\n"
            "  Type: AWS::CloudFormation::Stack\n"
            f"  DependsOn: [{', '.join(before)}]\n"
            "  Properties:\n"
            f"    TemplateURL: {room_path(room)}\n"
            "    Parameters:\n" + "".join(f"      {name}: {value}\n" for name, value in values.items())
        )


def _shared_stack(path: str) -> str:
    """The logical id in the root template of a stack of infra/."""
    return Path(path).stem.capitalize()


def _refers(values: dict[str, str], stack: str) -> bool:
    return any(value.startswith(f"!GetAtt {stack}.") for value in values.values())


# Globals ----------------------------------------------------------------------------------------------


def _globals(room: str) -> str:
    """infra/globals.yaml without its own heading."""
    text = (ROOT / "infra" / "globals.yaml").read_text()
    return Template(text[text.index("Globals:") :].replace("${", "$${")).substitute(room=room)
