"""Reading `params/`: YAML into typed models, with errors that name file, key, value found and what is allowed."""

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError

from analysis.policy.errors import PolicyError

T = TypeVar("T")


# The C parser, where PyYAML was built with it, reads the same files ten times faster.
class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """A safe loader that refuses a key written twice and leaves `2023-01` as text."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict:
    seen = set()
    for key, _ in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise PolicyError(f"{loader.name}: line {line}: a list or a mapping stands as a key; a key is one word")
        if key.value in seen:
            raise PolicyError(f"{loader.name}: line {line}: the key {key.value!r} stands twice; keep one")
        seen.add(key.value)
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def load_yaml(path: Path, model: type[T], shown: str = "") -> T:
    """Return the content of a YAML file as `model` (a pydantic model or any type pydantic can check).

    Args:
        path: the file.
        model: what it holds.
        shown: how errors name it; by default as a file of `params/`.

    Raises:
        PolicyError: the file is missing, is no YAML, or a value is not allowed; one line for each fault.
    """
    shown = shown or f"params/{path.name}"
    try:
        with path.open(encoding="utf-8") as stream:
            loader = _Loader(stream)
            loader.name = shown
            content = loader.get_single_data()
    except FileNotFoundError:
        raise PolicyError(f"{shown}: the file is missing; see README, 'To change X, edit Y'") from None
    except UnicodeDecodeError as error:
        raise PolicyError(f"{shown}: not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}" if mark else "the file"
        raise PolicyError(f"{shown}: {place}: not valid YAML: {getattr(error, 'problem', error)}") from None
    return validate(shown, content, model)


def validate(shown: str, content: object, model: type[T]) -> T:
    """Return `content` as `model`; `shown` names the file in errors.

    Raises:
        PolicyError: names the key, the value found and what is allowed.
    """
    try:
        return TypeAdapter(model).validate_python(content)
    except ValidationError as error:
        lines = [_explain(shown, content, fault) for fault in error.errors()]
        raise PolicyError("\n".join(lines)) from None


def _explain(shown: str, content: object, fault: dict) -> str:
    path = [part for part in fault["loc"] if not _is_tag(part, content)]
    key = ".".join(str(part) for part in path) or "(top)"
    owner = _nearest_id(content, fault["loc"])
    found = fault["input"]
    found = repr(found) if not isinstance(found, dict | list | BaseModel) else "the whole entry"
    message = fault["msg"].removeprefix("Value error, ")
    return f"{shown}: {key}{f' (id {owner})' if owner else ''}: found {found}; {message}"


def _is_tag(part: object, content: object) -> bool:
    # pydantic puts the discriminator's value into the location; it is no key of the file.
    return isinstance(part, str) and "-" in part and "[" in part


def _nearest_id(content: object, location: tuple) -> str | None:
    owner = None
    for part in location:
        try:
            content = content[part]
        except (KeyError, IndexError, TypeError):
            break
        if isinstance(content, dict) and "id" in content:
            owner = content["id"]
    return owner
