"""Notebooks of a district's own that a monthly run executes after its own (`params/notebooks.yml`)."""

import re
from typing import Literal

from pydantic import field_validator, model_validator

from analysis.policy.base import Model, Name
from analysis.policy.messages import say

# Where a revision keeps them as they ran.
KEPT = "notebooks/own"
_FILE = re.compile(r"[\w-]{1,60}\.ipynb")


class OwnNotebook(Model):
    """A notebook of `notebooks/research/` in the district's folder: its file there, its page's title and readers."""

    file: str
    title: Name
    audience: Literal["technical"]

    @field_validator("file")
    @classmethod
    def _lies_in_the_folder(cls, file: str) -> str:
        if not _FILE.fullmatch(file):
            raise ValueError(
                say("a file of notebooks/research/ is needed: letters, digits, - and _, and .ipynb at the end")
            )
        return file

    @property
    def path(self) -> str:
        """Where it lies, seen from the district's folder."""
        return f"notebooks/research/{self.file}"

    @property
    def name(self) -> str:
        """What its page is called, without ending, below `technical/`."""
        return f"own/{self.file.removesuffix('.ipynb')}"


class OwnNotebooks(Model):
    """`notebooks.yml`, which a district may have: what it lists is run in this order. No rule stands in it."""

    notebooks: tuple[OwnNotebook, ...] = ()

    @model_validator(mode="after")
    def _has_each_once(self):
        files = [own.file.casefold() for own in self.notebooks]
        if len({*files}) < len(files):
            raise ValueError(say("a file stands in the list twice; keep one"))
        return self
