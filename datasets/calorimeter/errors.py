"""The error of this package: a sentence for the person at the terminal."""

from trigforge.errors import TrigforgeError


class CalorimeterDataError(TrigforgeError):
    """A file of modules, a manifest or a request cannot be used; says what was found, where, and what to do."""


def missing_reader(package: str) -> CalorimeterDataError:
    """The error where a ROOT file is to be read or written and `package` is not installed."""
    return CalorimeterDataError(
        f"ROOT files of modules need {package}, which is not installed: "
        "install the extra [events] (pip install 'trigforge[events]')"
    )


def missing_generator(package: str) -> CalorimeterDataError:
    """The error where Pythia's collisions are asked for and `package` is not installed."""
    return CalorimeterDataError(
        f"--minimum-bias pythia needs {package}, which is not installed: install the extra [generate] "
        "(pip install 'trigforge[generate]'), or use --minimum-bias parametrised"
    )
