"""Figures and classes as people read them. Pure."""

from model.labels import display_name
from model.prediction import NONE


def percent(share: float | None) -> str:
    """Write a share, 0 to 1: "93.0 %"; a dash where there is none."""
    return "–" if share is None else f"{100 * share:.1f} %"


def decimals(value: float | None) -> str:
    """Write a figure that is no share: "0.930"; a dash where there is none."""
    return "–" if value is None else f"{value:.3f}"


def class_name(label: str) -> str:
    """Name a class: "Euro", "none of these"."""
    return "none of these" if label == NONE else display_name(label)
