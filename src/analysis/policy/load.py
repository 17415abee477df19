"""Reading `params/`: YAML into typed models, with errors that name file, key, value found and what is allowed."""

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError

from analysis.policy.errors import PolicyError
from analysis.policy.messages import mark, say

T = TypeVar("T")
# Deeper than any file of ours; the C parser ends the whole process on a file that nests without end.
_MOST_LEVELS = 50
_SHOWN_LETTERS = 60
# What pydantic finds wrong → what is allowed, in plain words.
_ALLOWED = {
    "missing": mark("the key is missing; add it"),
    "extra_forbidden": mark(
        "this file has no such key; look for a slip, or see the comments of the project's own file"
    ),
    "literal_error": mark("allowed: {expected}"),
    "greater_than": mark("it must be greater than {gt}"),
    "greater_than_equal": mark("it must be at least {ge}"),
    "less_than": mark("it must be less than {lt}"),
    "less_than_equal": mark("it must be at most {le}"),
    "string_too_short": mark("its length must be at least {min_length}"),
    "string_too_long": mark("its length must be at most {max_length}"),
    "too_short": mark("its length must be at least {min_length}"),
    "too_long": mark("its length must be at most {max_length}"),
    "int_from_float": mark("a whole number is needed"),
    "finite_number": mark("a finite number is needed"),
    "union_tag_not_found": mark("the key {discriminator} is missing; add it"),
    "union_tag_invalid": mark("{discriminator} names none of those allowed: {expected_tags}"),
}
# The kind that is needed → how it is named; pydantic's errors begin with the kind.
_KINDS = {
    "string": mark("a text (in quotation marks, if it looks like a number or a date)"),
    "int": mark("a whole number"),
    "float": mark("a number"),
    "decimal": mark("a number"),
    "bool": mark("true or false"),
    "date": mark("a date YYYY-MM-DD"),
    "tuple": mark("a list"),
    "list": mark("a list"),
    "dict": mark("a mapping of `key: value`"),
    "model": mark("a mapping of `key: value`"),
}


_OTHER = mark("another value")

# What the YAML parser finds wrong → what it is, in plain words.
_SLIPS = {
    "cannot start any token": mark("a tab, or one of @ ` %, stands where an entry begins; indent with spaces"),
    "expected ',' or ']'": mark("a bracket [ is not closed, or a comma is missing"),
    "expected ',' or '}'": mark("a bracket { is not closed, or a comma is missing"),
    "expected node content": mark("a bracket is not closed, or a comma has nothing after it"),
    "expected ':'": mark("a key without a colon and a space after it (the full-width “：” is none)"),
    "mapping values are not allowed": mark(
        "a second colon in one line (put such a text in quotation marks), or the line is indented too far"
    ),
    "expected key": mark("this line is indented unlike those it belongs to"),
    "tab character": mark("a tab, or one of @ ` %, stands where an entry begins; indent with spaces"),
    "expected '-' indicator": mark("this line is indented unlike those it belongs to"),
    "block sequence entries are not allowed": mark("a list begins in the line of its key; begin it in the next line"),
    "unexpected end of stream": mark("a quotation mark is not closed"),
    "unknown escape": mark("a backslash stands in double quotation marks; write single ones"),
    "undefined alias": mark("a word begins with *; put it in quotation marks"),
    "could not determine a constructor": mark("a word begins with !; put it in quotation marks"),
    "expected alphabetic or numeric character": mark("a word begins with * or &; put it in quotation marks"),
}


# The C parser, where PyYAML was built with it, reads the same files ten times faster.
class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """A safe loader that refuses a key written twice and leaves `2023-01` as text."""


def _mapping(loader: "_Loader | _TextLoader", node: yaml.MappingNode) -> dict:
    seen = set()
    for key, _ in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            told = say("{name}: line {line}: a list or a mapping stands as a key; a key is one word")
            raise PolicyError(told.format(name=loader.name, line=line))
        if key.value in seen:
            told = say("{name}: line {line}: the key {value!r} stands twice; keep one")
            raise PolicyError(told.format(name=loader.name, line=line, value=key.value))
        seen.add(key.value)
    return loader.construct_mapping(node, deep=True)


def _number_or_date(loader: _Loader, node: yaml.ScalarNode) -> object:
    try:
        return yaml.SafeLoader.yaml_constructors[node.tag](loader, node)
    except ValueError:  # 2026-02-30, or more digits than a number can have
        line = node.start_mark.line + 1
        told = say("{name}: line {line}: found {value}; there is no such date or number")
        raise PolicyError(told.format(name=loader.name, line=line, value=_shorten(node.value))) from None


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
        raise PolicyError(
            say("{shown}: the file is missing; see README, 'To change X, edit Y'").format(shown=shown)
        ) from None
    except UnicodeDecodeError as error:
        raise PolicyError(
            say("{shown}: not UTF-8 text (byte {start}); save it as UTF-8").format(shown=shown, start=error.start)
        ) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        told = say("{shown}: line {line}: a control character stands here; type the line anew")
        raise PolicyError(told.format(shown=shown, line=line)) from None
    except yaml.MarkedYAMLError as error:
        raise PolicyError(_at(shown, _explain_slip(text, error))) from None
    return _validate(shown, content, model, node)


def _explain_slip(text: str, error: yaml.MarkedYAMLError) -> str:
    """Return where a text is no YAML and why; what is never closed is shown where it was opened."""
    problem = str(error.problem)
    is_open = error.context_mark and any(slip in problem for slip in ("or ']'", "or '}'", "':'", "end of stream"))
    place = error.context_mark if is_open else error.problem_mark or error.context_mark
    lines = text.splitlines() or [""]
    number = min(place.line, len(lines) - 1)
    why = next((words for slip, words in _SLIPS.items() if slip in problem), mark("the line cannot be read"))
    return say("line {line}: not valid YAML: {why}; found in column {column}: {found}").format(
        line=number + 1, column=place.column + 1, why=say(why), found=_shorten(lines[number].strip(" "))
    )


def _refuse_depth(shown: str, text: str) -> None:
    depth = 0
    for event in yaml.parse(text, _Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _MOST_LEVELS:
            line = event.start_mark.line + 1
            told = say("{shown}: line {line}: more than {most_levels} levels in one another; close brackets")
            raise PolicyError(told.format(shown=shown, line=line, most_levels=_MOST_LEVELS))


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
    line = say("line {line}: ").format(line=_find_line(node, path)) if node else ""
    place = ".".join(str(part + 1 if isinstance(part, int) else part) for part in path) or say("(top)")
    is_whole = fault["type"] == "missing" or isinstance(fault["input"], Mapping | BaseModel)
    found = "" if is_whole else say("found {found}; ").format(found=_shorten(fault["input"]))
    where = f"{line}{place}{f' (id {owner})' if owner else ''}"
    return _at(shown, _at(where, f"{found}{_say_allowed(fault)}"))


def _at(where: str, what: str) -> str:
    return say("{where}: {what}").format(where=where, what=what)


def _shorten(found: object) -> str:
    if isinstance(found, list | tuple):
        return say("a list")
    told = repr(found) if not isinstance(found, int) or abs(found) < 10**_SHOWN_LETTERS else say("a huge number")
    return told if len(told) <= _SHOWN_LETTERS else f"{told[:_SHOWN_LETTERS]}…"


def _say_allowed(fault: Mapping) -> str:
    kind, told = fault["type"], fault.get("ctx", {})
    if kind in _ALLOWED:
        expected = {"expected": str(told.get("expected")).replace(" or ", ", ")}
        return say(_ALLOWED[kind]).format(**told | expected)
    if kind == "value_error":
        return str(told["error"])
    needed = say("{needed} is needed").format(needed=say(_KINDS.get(kind.partition("_")[0], _OTHER)))
    if isinstance(fault["input"], str) and "：" in fault["input"] and kind.startswith(("model", "dict")):
        return say("{needed}: a colon and a space, not the full-width “：”").format(needed=needed)
    return needed


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
