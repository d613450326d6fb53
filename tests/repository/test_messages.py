"""All messages of errors in one file, reviewed as one, and their form: what was found and where; what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

import trigforge
from tests.repository.messages import FOR_USERS, Message, messages

SNAPSHOT = Path(__file__).with_name("messages.txt")


@pytest.fixture(scope="module")
def every() -> list[Message]:
    return messages(Path(trigforge.__file__).parent)


def test_the_messages_are_those_of_the_snapshot(every: list[Message], request: pytest.FixtureRequest) -> None:
    """``pytest tests/repository/test_messages.py --update-golden`` writes it anew; review the difference."""
    text = "".join(f"{message}\n" for message in every)
    if request.config.getoption("--update-golden"):
        SNAPSHOT.write_text(text, encoding="utf-8")
    assert text == SNAPSHOT.read_text(encoding="utf-8")


def test_messages_for_users_say_what_to_do(every: list[Message]) -> None:
    wanting = [str(entry) for entry in every if entry.error in FOR_USERS and entry.is_written_here]
    remedies = ("; ", "is missing: ", "is not installed): ")
    told = [entry for entry in wanting if any(mark in entry for mark in remedies) or entry.endswith("}")]
    assert [entry for entry in wanting if entry not in told] == []


def test_messages_are_one_clear_line(every: list[Message]) -> None:
    texts = {str(entry): entry.text for entry in every if entry.is_written_here}
    assert [
        place
        for place, text in texts.items()
        if text.rstrip().endswith(("!", ";", ":")) or (text.endswith(".") and not text.endswith("..."))
    ] == []
    assert [
        place for place, text in texts.items() if "\n" in text.replace("\n{listed}", "").replace("\n{tail}", "")
    ] == []
    assert [place for place, text in texts.items() if "  " in text] == []
