"""The one error of this package: a sentence for the person at the terminal."""

from trigforge.errors import TrigforgeError


class JetDataError(TrigforgeError):
    """A jet file, manifest or request cannot be used; says what was found, where, and what to do."""
