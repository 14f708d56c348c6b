"""The HTTP contract of a release, an operation a line, and what of it a later one breaks.

What breaks a client is judged as oasdiff's catalogue does, but for two things that hold here: a parameter or
field that goes is refused when it is still sent, and a problem's `code` is what clients decide by.
"""

import re
from collections.abc import Iterator
from typing import Any

from infra.contract import clients
from tests.compatibility.release import digest
from tests.compatibility.schemas import Comparison, bare

Line = dict[str, Any]
SUCCESS = re.compile(r"2\d\d")


def described(document: Line | None = None) -> list[Line]:
    """Operations, and the answers and schemas that they share, of a document: without prose and examples."""
    given = document or clients.document()
    shared = given["components"]
    answers: dict[str, Line] = {}
    operations = [
        {"operation": f"{method.upper()} {path}", **_operation(operation, shared, answers)}
        for path, methods in given["paths"].items()
        for method, operation in methods.items()
    ]
    lines = [{"answer": name, **answer} for name, answer in sorted(answers.items())]
    schemas = given["components"]["schemas"]
    return operations + lines + [{"schema": name, **bare(schema)} for name, schema in sorted(schemas.items())]


def _operation(operation: Line, shared: Line, answers: dict[str, Line]) -> Line:
    responses = {}
    for status, referred in operation["responses"].items():
        answer = _response(_referred(referred, shared))
        responses[status] = digest(answer)
        answers[responses[status]] = answer
    return {
        "scopes": sorted(
            {scope for each in operation.get("security", ()) for s in each.values() for scope in s}
        ),
        "parameters": [
            {"name": each["name"], "in": each["in"], "required": each.get("required", False), **_schema(each)}
            for each in (_referred(parameter, shared) for parameter in operation.get("parameters", ()))
        ],
        "request": _content(operation.get("requestBody", {})),
        "request_required": operation.get("requestBody", {}).get("required", False),
        "responses": responses,
    }


def _referred(holder: Line, components: Line) -> Line:
    """The parameter or answer itself, not a reference such as `#/components/responses/Unauthorized`."""
    if "$ref" not in holder:
        return holder
    _, section, name = holder["$ref"].rsplit("/", 2)
    return dict(components[section][name])


def _response(answer: Line) -> Line:
    examples = [e for content in answer.get("content", {}).values() for e in content.get("examples", {})]
    return {
        "headers": sorted(answer.get("headers", {})),
        "content": _content(answer),
        **({"codes": sorted(examples)} if examples else {}),
    }


def _content(holder: Line) -> Line:
    return {kind: _schema(content)["schema"] for kind, content in holder.get("content", {}).items()}


def _schema(holder: Line) -> Line:
    return {"schema": bare(holder.get("schema", {}))}


# One release beside another -------------------------------------------------------------------------


def differences(then: list[Line], now: list[Line]) -> list[str]:
    """List what a client of then cannot rely on any more."""
    documents = [_document(lines) for lines in (then, now)]
    before, after = ({_place(each): each for each in lines if "operation" in each} for lines in (then, now))
    found = []
    for place, old in before.items():
        if place not in after:
            found.append(f"{old['operation']}: gone")
        else:
            found += [f"{old['operation']}: {each}" for each in _between(old, after[place], *documents)]
    return found


def _document(lines: list[Line]) -> Line:
    """The lines' shared schemas, where references find them, and their answers by name."""
    return {
        "answers": {line["answer"]: line for line in lines if "answer" in line},
        "components": {"schemas": {line["schema"]: _unnamed(line) for line in lines if "schema" in line}},
    }


def _unnamed(line: Line) -> Line:
    return {name: value for name, value in line.items() if name != "schema"}


def _place(line: Line) -> str:
    """Method and path; what a path's parameter is called does not matter to who fills it in."""
    return re.sub(r"{\w+}", "{}", line["operation"])


def _between(old: Line, new: Line, then: Line, now: Line) -> Iterator[str]:
    asked = Comparison(then, now)
    answered = Comparison(now, then, open_world=True)
    for scope in sorted(set(new["scopes"]) - set(old["scopes"])):
        yield f"needs the scope {scope}"
    yield from _parameters(old, new, asked)
    yield from _request(old, new, asked)
    for status, name in old["responses"].items():
        if status in new["responses"]:
            pair = then["answers"][name], now["answers"][new["responses"][status]]
            yield from (f"{status}: {each}" for each in _answer(*pair, answered))
        elif SUCCESS.fullmatch(status):
            yield f"{status}: not answered any more"


def _parameters(old: Line, new: Line, asked: Comparison) -> Iterator[str]:
    before, after = ({_parameter(each): each for each in line["parameters"]} for line in (old, new))
    for name, parameter in after.items():
        if name not in before and parameter["required"] and parameter["in"] != "path":
            yield f"{name} is new and required"
    for name, parameter in before.items():
        if parameter["in"] == "path":
            continue
        if name not in after:
            yield f"{name} is not known any more"
        else:
            if after[name]["required"] and not parameter["required"]:
                yield f"{name} is required"
            yield from (f"{name}{each}" for each in asked.refused(parameter["schema"], after[name]["schema"]))
    yield from _path_parameters(old, new, asked)


def _path_parameters(old: Line, new: Line, asked: Comparison) -> Iterator[str]:
    """In the order of the path."""
    pairs = zip(*([p for p in line["parameters"] if p["in"] == "path"] for line in (old, new)), strict=False)
    for before, after in pairs:
        yield from (f"{before['name']}{each}" for each in asked.refused(before["schema"], after["schema"]))


def _parameter(parameter: Line) -> str:
    return f"{parameter['in']} {parameter['name']}"


def _request(old: Line, new: Line, asked: Comparison) -> Iterator[str]:
    if new["request_required"] and not old["request_required"]:
        yield "a body is required"
    for kind, schema in old["request"].items():
        if kind not in new["request"]:
            yield f"request: {kind} is not taken any more"
        else:
            yield from (f"request: {each}" for each in asked.refused(schema, new["request"][kind]))


def _answer(old: Line, new: Line, answered: Comparison) -> Iterator[str]:
    for header in sorted(set(old["headers"]) - set(new["headers"])):
        yield f"header {header} is gone"
    for code in sorted(set(old.get("codes", ())) - set(new.get("codes", ()))):
        yield f"code {code} is gone"
    for kind, schema in old["content"].items():
        if kind not in new["content"]:
            yield f"{kind} is not answered any more"
        else:
            yield from answered.refused(new["content"][kind], schema)
