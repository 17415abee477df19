"""Controls of a researcher's panels: sliders and lists that mouse and keyboard move, and what follows a change."""

from collections.abc import Callable, Iterable
from functools import partial

import ipywidgets as widgets

NAMED = {"style": {"description_width": "17em"}, "layout": {"width": "46em"}}

Slider = widgets.IntSlider | widgets.FloatSlider


def make_slider(name: str, value: float, most: int, least: int = 0) -> Slider:
    """Return a slider with a figure beside it, both moved by mouse or keyboard."""
    kind = widgets.IntSlider if float(value).is_integer() else partial(widgets.FloatSlider, step=0.5)
    number = int(value) if float(value).is_integer() else value
    return kind(value=number, min=least, max=max(most, number), description=name, continuous_update=False, **NAMED)


def follow_controls(controls: Iterable[widgets.Widget], act: Callable[..., None]) -> None:
    """Act now, and whenever a control changes."""
    for control in controls:
        control.observe(act, "value")
    act()


def fill_list(dropdown: widgets.Dropdown, options: list[tuple[str, str]]) -> None:
    """Offer other choices, and choose the first of them."""
    dropdown.options = options
    # A list that was empty chooses nothing by itself.
    dropdown.index = 0 if options else None
