"""The error of this package: a sentence for the person at the terminal."""

from trigforge.errors import TrigforgeError


class MuonDataError(TrigforgeError):
    """A chamber, a muon file or a request cannot be used; says what was found, where, and what to do."""


def missing_reader(package: str) -> MuonDataError:
    """The error where a muon file is to be read or written and ``package`` is not installed."""
    return MuonDataError(
        f"muon files need {package}, which is not installed: "
        "install the extra [events] (pip install 'trigforge[events]')"
    )
