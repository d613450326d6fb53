"""The error of this package: a sentence for the person at the terminal."""

from trigforge.errors import TrigforgeError


class FlavourDataError(TrigforgeError):
    """A file of tagged jets, a manifest or a request cannot be used; says what was found, where, and what to do."""


def missing_reader(package: str) -> FlavourDataError:
    """The error where a file is to be read or written and `package` is not installed."""
    return FlavourDataError(
        f"files of jets need {package}, which is not installed: "
        "install the extra [events] (pip install 'trigforge[events]')"
    )


def missing_generator(package: str) -> FlavourDataError:
    """The error where jets are asked for and `package` (Pythia 8 or FastJet) is not installed."""
    return FlavourDataError(
        f"generating jets needs {package}, which is not installed: "
        "install the extra [generate] (pip install 'trigforge[generate]'), or use the sample in datasets/flavour"
    )
