"""The rule for a damaged file: it is read, or refused in one line."""

import warnings

from tests.hunt.file_samples import Sample, corrupted
from trigforge.errors import TrigforgeError


def judged(sample: Sample, content: bytes) -> str:
    """Read a sample with other content: empty where that works or is refused in one line, else what went wrong."""
    sound = sample.path.read_bytes()
    sample.path.write_bytes(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            sample.read(sample.path)
    except TrigforgeError as error:
        lines = str(error).splitlines()
        faults = lines[0].endswith(("faults:", "reasons:")) if lines else False
        return "" if faults or len(lines) == 1 else f"{len(lines)} lines: {error}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    finally:
        sample.path.write_bytes(sound)
    return ""


def variant(all_samples: list[Sample], number: int) -> tuple[Sample, bytes]:
    """The corrupted file of a number."""
    sample = all_samples[number % len(all_samples)]
    return sample, corrupted(sample.path.read_bytes(), number)
