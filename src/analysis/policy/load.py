"""Reading `params/`: YAML into typed models, with errors that name file, key, value found and what is allowed."""

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError

from analysis.policy.errors import PolicyError

T = TypeVar("T")
# Deeper than any file of ours; the C parser ends the whole process on a file that nests without end.
_MOST_LEVELS = 50
_SHOWN_LETTERS = 60
# What pydantic finds wrong → what is allowed, in plain words.
_ALLOWED = {
    "missing": "the key is missing; add it",
    "extra_forbidden": "this file has no such key; look for a slip, or see the comments of the project's own file",
    "literal_error": "allowed: {expected}",
    "greater_than": "it must be greater than {gt}",
    "greater_than_equal": "it must be at least {ge}",
    "less_than": "it must be less than {lt}",
    "less_than_equal": "it must be at most {le}",
    "string_too_short": "its length must be at least {min_length}",
    "string_too_long": "its length must be at most {max_length}",
    "too_short": "its length must be at least {min_length}",
    "too_long": "its length must be at most {max_length}",
    "int_from_float": "a whole number is needed",
    "finite_number": "a finite number is needed",
    "union_tag_not_found": "the key {discriminator} is missing; add it",
    "union_tag_invalid": "{discriminator} names none of those allowed: {expected_tags}",
}
# The kind that is needed → how it is named; pydantic's errors begin with the kind.
_KINDS = {
    "string": "a text (in quotation marks, if it looks like a number or a date)",
    "int": "a whole number",
    "float": "a number",
    "decimal": "a number",
    "bool": "true or false",
    "date": "a date YYYY-MM-DD",
    "tuple": "a list",
    "list": "a list",
    "dict": "a mapping of `key: value`",
    "model": "a mapping of `key: value`",
}


# The C parser, where PyYAML was built with it, reads the same files ten times faster.
class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """A safe loader that refuses a key written twice and leaves `2023-01` as text."""


def _mapping(loader: "_Loader | _TextLoader", node: yaml.MappingNode) -> dict:
    seen = set()
    for key, _ in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise PolicyError(f"{loader.name}: line {line}: a list or a mapping stands as a key; a key is one word")
        if key.value in seen:
            raise PolicyError(f"{loader.name}: line {line}: the key {key.value!r} stands twice; keep one")
        seen.add(key.value)
    return loader.construct_mapping(node, deep=True)


def _number_or_date(loader: _Loader, node: yaml.ScalarNode) -> object:
    try:
        return yaml.SafeLoader.yaml_constructors[node.tag](loader, node)
    except ValueError:  # 2026-02-30, or more digits than a number can have
        line = node.start_mark.line + 1
        raise PolicyError(
            f"{loader.name}: line {line}: found {_shorten(node.value)}; there is no such date or number"
        ) from None


class _TextLoader(getattr(yaml, "CBaseLoader", yaml.BaseLoader)):
    """A loader that leaves every value as the text that stands there, and refuses a key written twice."""


_TextLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
for _kind in ("int", "float", "timestamp"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_kind}", _number_or_date)


def load_yaml(path: Path, model: type[T], shown: str = "", *, is_text: bool = False) -> T:
    """Return the content of a YAML file as `model` (a pydantic model or any type pydantic can check).

    Args:
        path: the file; an empty one is a mapping without keys.
        model: what it holds.
        shown: how errors name it; by default as a file of `params/`.
        is_text: leave values as they are written: an id such as 2026-12-1 is no date.

    Raises:
        PolicyError: the file is missing, is no YAML, or a value is not allowed; one line for each fault.
    """
    shown = shown or f"params/{path.name}"
    try:
        text = path.read_text(encoding="utf-8")
        _refuse_depth(shown, text)
        loader = (_TextLoader if is_text else _Loader)(text)
        loader.name = shown
        node = loader.get_single_node()
        content = {} if node is None else loader.construct_document(node)
    except FileNotFoundError:
        raise PolicyError(f"{shown}: the file is missing; see README, 'To change X, edit Y'") from None
    except UnicodeDecodeError as error:
        raise PolicyError(f"{shown}: not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise PolicyError(f"{shown}: line {line}: a control character stands here; type the line anew") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise PolicyError(f"{shown}: line {mark.line + 1}: not valid YAML: {error.problem or error.context}") from None
    return _validate(shown, content, model, node)


def _refuse_depth(shown: str, text: str) -> None:
    depth = 0
    for event in yaml.parse(text, _Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _MOST_LEVELS:
            line = event.start_mark.line + 1
            raise PolicyError(f"{shown}: line {line}: more than {_MOST_LEVELS} levels in one another; close brackets")


def validate(shown: str, content: object, model: type[T]) -> T:
    """Return `content` as `model`; `shown` names the file in errors.

    Raises:
        PolicyError: names the key, the value found and what is allowed.
    """
    return _validate(shown, content, model, None)


def _validate(shown: str, content: object, model: type[T], node: yaml.Node | None) -> T:
    try:
        return TypeAdapter(model).validate_python(content)
    except ValidationError as error:
        lines = [_explain(shown, content, fault, node) for fault in error.errors() if not _follows(fault)]
        raise PolicyError("\n".join(lines)) from None


def _follows(fault: Mapping) -> bool:
    """Tell whether a list is too short only because its entries have faults of their own."""
    return fault["type"] == "too_short" and len(fault["input"]) >= fault["ctx"]["min_length"]


def _explain(shown: str, content: object, fault: Mapping, node: yaml.Node | None) -> str:
    """Return a fault as a line; entries of lists are counted from 1."""
    path, owner = _find_place(content, fault["loc"])
    line = f"line {_find_line(node, path)}: " if node else ""
    place = ".".join(str(part + 1 if isinstance(part, int) else part) for part in path) or "(top)"
    is_whole = fault["type"] == "missing" or isinstance(fault["input"], Mapping | BaseModel)
    found = "" if is_whole else f"found {_shorten(fault['input'])}; "
    return f"{shown}: {line}{place}{f' (id {owner})' if owner else ''}: {found}{_say_allowed(fault)}"


def _shorten(found: object) -> str:
    if isinstance(found, list | tuple):
        return "a list"
    told = repr(found) if not isinstance(found, int) or abs(found) < 10**_SHOWN_LETTERS else "a huge number"
    return told if len(told) <= _SHOWN_LETTERS else f"{told[:_SHOWN_LETTERS]}…"


def _say_allowed(fault: Mapping) -> str:
    kind, told = fault["type"], fault.get("ctx", {})
    if kind in _ALLOWED:
        return _ALLOWED[kind].format(**told)
    if kind == "value_error":
        return str(told["error"])
    needed = _KINDS.get(kind.partition("_")[0])
    return f"{needed} is needed" if needed else fault["msg"]


def _find_place(content: object, location: tuple) -> tuple[list[str | int], str]:
    """Return the path to a fault in the content, and the id of the nearest entry around it that has one.

    pydantic's location also holds names of its own, such as that of the method's model: they are left out.
    """
    path, owner = [], ""
    for number, part in enumerate(location, start=1):
        inner = content[part] if _holds(content, part) else None
        if inner is None and number < len(location) and isinstance(content, dict) and part not in content:
            continue
        if part == "[key]":
            continue
        path.append(part)
        content = inner
        if isinstance(content, dict):
            owner = str(content.get("id", owner))
    return path, owner


def _holds(content: object, part: str | int) -> bool:
    if isinstance(content, list | tuple):
        return isinstance(part, int) and part < len(content)
    return isinstance(content, dict) and part in content


def _find_line(node: yaml.Node, path: list[str | int]) -> int:
    """Return the line of the key or entry that a path leads to, as far as it leads."""
    line = node.start_mark.line
    for part in path:
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == str(part)), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            found = (node.value[part], node.value[part])
        else:
            found = None
        if found is None:
            break
        line, node = found[0].start_mark.line, found[1]
    return line + 1


def write_inline(value: object) -> str:
    """Return a value as YAML on one line, as the entries of `params/` are written."""
    written = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10_000, sort_keys=False)
    return written.removesuffix("...\n").strip()
