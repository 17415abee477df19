"""The errors that a user of the project can cause, each with a message that says what to do."""


class AnalysisError(Exception):
    """An expected error: the data or the rules are wrong (exit code 1, no traceback).

    The message names the file, the place, what was found and what to do.
    """


class PolicyError(AnalysisError):
    """A file of `params/` is wrong: names the file, the key, the value found and what is allowed."""


class DataError(AnalysisError):
    """A delivered file or a published table cannot be used as it is."""


class UsageError(AnalysisError):
    """The call itself is wrong: a period, a unit or an option that cannot be (exit code 2)."""
