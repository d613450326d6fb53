"""Two hundred damaged files of all formats: each is read, or refused in one line."""

from pathlib import Path

import pytest

from tests.hunt.file_samples import Sample, samples
from tests.hunt.judging_files import judged, variant

VARIANTS = 210


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> list[Sample]:
    return samples(tmp_path_factory.mktemp("samples"))


def test_sound_files_are_read(sound: list[Sample]) -> None:
    for sample in sound:
        sample.read(sample.path)


@pytest.mark.parametrize("part", range(14))
def test_damaged_files_are_read_or_refused_in_one_line(sound: list[Sample], part: int, tmp_path: Path) -> None:
    wrong: dict[int, str] = {}
    for number in range(part, VARIANTS, 14):
        sample, content = variant(sound, number)
        said = judged(sample, content)
        if said:
            wrong[number] = f"{sample.name}: {said}"
    assert not wrong
