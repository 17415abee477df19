"""Characters that no reader sees: they can turn text round, colour a terminal or end a line where none ends."""

import unicodedata

from analysis.policy.messages import say

# Controls, format characters (direction, joiners), no characters at all, ends of lines and paragraphs.
_UNSEEN = {"Cc", "Cf", "Cn", "Cs", "Zl", "Zp"}
_MARK = "\ufffd"


def is_unseen(letter: str) -> bool:
    """Return whether a character has no shape of its own and is no space."""
    return unicodedata.category(letter) in _UNSEEN


def mark_unseen(text: str) -> str:
    """Return the text on one line, with a visible mark in the place of each unseen character."""
    return text if text.isprintable() else "".join(_MARK if is_unseen(letter) else letter for letter in text)


def escape_unseen(text: str) -> str:
    """Return the text on one line, each unseen character told by its number, such as `<U+000A>` for a line's end."""
    return text if text.isprintable() else "".join(f"<U+{ord(a):04X}>" if is_unseen(a) else a for a in text)


def refuse_unseen(text: str) -> str:
    """Return the text unchanged.

    Raises:
        ValueError: it holds an unseen character; names the first one.
    """
    found = next((letter for letter in text if is_unseen(letter)), None)
    if found is not None:
        raise ValueError(
            say("it holds U+{ord:04X}, a character that no reader sees; type the text anew").format(ord=ord(found))
        )
    return text
