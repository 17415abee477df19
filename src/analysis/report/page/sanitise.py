"""What may stand on a page: everything else that a notebook or a raw file brings along is taken out."""

import re

import nh3


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


_TEXT_TAGS = _names(
    """
    a abbr article aside b blockquote br caption code col colgroup dd del details div dl dt em
    figcaption figure footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li mark nav ol p pre q s section
    small span strong sub summary sup table tbody td tfoot th thead time tr u ul
    """
)
_SVG_TAGS = _names(
    """
    svg g path rect circle ellipse line polyline polygon text tspan defs use clipPath linearGradient
    radialGradient stop marker pattern image
    """
)
_SVG_ATTRIBUTES = _names(
    """
    id style class transform x y x1 y1 x2 y2 dx dy cx cy r rx ry fx fy width height d points viewBox
    preserveAspectRatio clip-path clip-rule fill fill-opacity fill-rule stroke stroke-width
    stroke-linecap stroke-linejoin stroke-dasharray stroke-dashoffset stroke-miterlimit stroke-opacity
    opacity text-anchor dominant-baseline font-size xlink:href href offset stop-color stop-opacity
    gradientUnits gradientTransform patternUnits patternContentUnits patternTransform clipPathUnits
    marker-start marker-mid marker-end markerWidth markerHeight refX refY orient markerUnits role
    aria-label aria-hidden data-name
    """
)
_ATTRIBUTES = {
    "*": {"class", "id", "lang", "style", "title", "role", "tabindex", "aria-label", "aria-hidden"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan", "data-value", "data-head", "headers"},
    "th": {"colspan", "rowspan", "scope", "data-value", "aria-sort"},
    "ol": {"start"},
    "col": {"span"},
    "colgroup": {"span"},
    "time": {"datetime"},
    "details": {"open"},
} | dict.fromkeys(_SVG_TAGS, _SVG_ATTRIBUTES)
_STYLE_PROPERTIES = _names(
    """
    width min-width max-width height left right margin-left text-align color background background-color
    fill fill-opacity fill-rule stroke stroke-width stroke-opacity stroke-linejoin stroke-linecap
    stroke-dasharray stroke-dashoffset stroke-miterlimit opacity font-size text-anchor stop-color
    stop-opacity
    """
)
# Their content is not text for a reader, so it goes with the tag.
_DROPPED_WITH_CONTENT = {"script", "style", "template", "noscript", "iframe", "object", "metadata", "title"}

_EMPTY = re.compile("></(?:circle|ellipse|image|line|path|polygon|polyline|rect|stop|use)>")
_NAME = re.compile(r"[\w.-]{1,120}")
# Ids that matplotlib derives from the content that they name; its others repeat in every figure.
_CONTENT_ID = re.compile(r"[A-Za-z]\w*[0-9a-f]{8,}")
_REMOTE = re.compile(r"""url\s*\((?!["']?#[\w-]+["']?\))|expression|@|\\|/\*""", re.IGNORECASE)
_PAGE_LINK = re.compile(
    r"#[\w.%-]+"
    r"|(?:\.\./){0,4}(?:[\w%-][\w.%-]*/){0,6}[\w%-][\w.%-]*\.(?:html|csv|xlsx|pdf|ipynb|json)(?:#[\w.%-]+)?"
)
_IMAGE = re.compile(r"data:image/(?:png|jpeg);base64,[A-Za-z0-9+/=\s]+")
_VALUES = {
    "role": {"img", "region", "note", "status", "list", "listitem"},
    "tabindex": {"0"},
    "aria-hidden": {"true"},
    "aria-sort": {"ascending", "descending", "none"},
}


def _keep_attribute(tag: str, name: str, value: str) -> str | None:
    """Return the attribute's value if it is harmless, else None, which removes the attribute."""
    if name in _VALUES:
        return value if value in _VALUES[name] else None
    if name == "id":
        pattern = _CONTENT_ID if tag in _SVG_TAGS else _NAME
        return value if pattern.fullmatch(value) else None
    if name in ("href", "xlink:href"):
        return _keep_link(tag, value)
    if name == "src":
        return value if _IMAGE.fullmatch(value) else None
    return None if (name == "style" or tag in _SVG_TAGS) and _REMOTE.search(value) else value


def _keep_link(tag: str, value: str) -> str | None:
    """A link leads within the page or to a file beside it; a part of a drawing comes from the drawing."""
    if tag == "a":
        return value if _PAGE_LINK.fullmatch(value) else None
    pattern = _IMAGE if tag == "image" else re.compile(r"#[\w-]+")
    return value if pattern.fullmatch(value) else None


_CLEANER = nh3.Cleaner(
    tags=_TEXT_TAGS | _SVG_TAGS,
    attributes=_ATTRIBUTES,
    attribute_filter=_keep_attribute,
    clean_content_tags=_DROPPED_WITH_CONTENT,
    filter_style_properties=_STYLE_PROPERTIES,
    url_schemes={"data"},
    link_rel=None,
)


def clean_html(fragment: str) -> str:
    """Return the fragment without scripts, handlers, remote loads, outside links and unknown tags.

    Headings, tables, classes and inline SVG as the project's charts write it pass unchanged in meaning; an element of
    a drawing that holds nothing is closed in itself, which a page of many dots is shorter by.
    """
    return _EMPTY.sub("/>", _CLEANER.clean(fragment))
