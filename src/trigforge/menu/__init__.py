"""From the score of a trigger to the menu: signal efficiency against background rate, with intervals."""

from trigforge.menu.curve import Estimate, Point, RateCurve, Scores, from_json, make_curve, to_json
from trigforge.menu.hold import Held, check_hold
from trigforge.menu.settings import Hold, Menu, Physics, read_menu

__all__ = [
    "Estimate",
    "Held",
    "Hold",
    "Menu",
    "Physics",
    "Point",
    "RateCurve",
    "Scores",
    "check_hold",
    "from_json",
    "make_curve",
    "read_menu",
    "to_json",
]
