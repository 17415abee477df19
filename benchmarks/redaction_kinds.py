"""How much of each kind redaction finds in `redaction_texts.txt`.

A line is kind|text|what must not be left of it; `\\n` in a text is a line break. The texts were written before the
rules were run over them; docs/privacy.md gives the figures at first sight and those of today.
"""

from collections import Counter
from pathlib import Path

from analysis.intake.redact import redact

TEXTS = Path(__file__).with_name("redaction_texts.txt")


def measure() -> tuple[Counter, list[tuple[str, str]]]:
    """Return kind → number of texts, and the kind and text of each whose secret is left."""
    lines = [line.replace("\\n", "\n").split("|") for line in TEXTS.read_text("utf-8").splitlines()]
    left = [(kind, text) for kind, text, secret in lines if secret in redact(text)]
    return Counter(kind for kind, _, _ in lines), left


def main() -> None:
    planted, left = measure()
    remaining = Counter(kind for kind, _ in left)
    print("| kind | texts | found |\n|---|---|---|")
    for kind, count in planted.items():
        print(f"| {kind} | {count} | {count - remaining[kind]} |")
    for kind, text in left:
        print(f"- {kind}: {text!r}")


if __name__ == "__main__":
    main()
