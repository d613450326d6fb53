"""The error of this package: a sentence for the person at the terminal."""

from trigforge.errors import TrigforgeError


class JetDataError(TrigforgeError):
    """A jet file, manifest or request cannot be used; says what was found, where, and what to do."""


def missing_generator(package: str) -> JetDataError:
    """The error where jets are asked for and `package` (Pythia 8 or FastJet) is not installed."""
    return JetDataError(
        f"generating jets needs {package}, which is not installed: "
        "install the extra [generate] (pip install 'trigforge[generate]'), or use the sample in datasets/jets"
    )


def missing_reader(package: str) -> JetDataError:
    """The error where a jet file is to be read and `package` is not installed."""
    return JetDataError(
        f"reading jets needs {package}, which is not installed: "
        "install the extra [events] (pip install 'trigforge[events]')"
    )
