"""Tools that are here and tools that are not, versions that fit and those that do not, and traps."""

from pathlib import Path

import pytest

from trigforge.diagnosis import Environment, Tool, examine_environment
from trigforge.diagnosis.requirements import Required, required


def tool(name: str, found: Environment) -> Tool:
    return next(entry for entry in found.tools if entry.name == name)


def test_what_is_here() -> None:
    found = examine_environment()
    assert tool("g++", found).version
    assert tool("yosys", found).where.endswith("pyosys")
    assert tool("trigforge[hls]", found).version == "hls4ml 1.3.0"
    assert found.lacking == ()
    assert [trap for trap in found.traps if "is installed, trigforge is tested with" in trap] == []


def test_a_tool_that_is_missing_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIGFORGE_GXX", "no_such_compiler")
    monkeypatch.setenv("TRIGFORGE_VERILATOR", "no_such_verilator")
    found = examine_environment()
    assert [entry.name for entry in found.lacking] == ["g++", "verilator"]
    assert "correct or unset it" in tool("g++", found).missing


def test_traps(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("TRIGFORGE_CACHE", str(blocked / "cache"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    told = "\n".join(examine_environment().traps)
    for words in ("ends with each command", "PYTHONPATH is set", "KERAS_BACKEND is 'jax'"):
        assert words in told


def test_the_packages_of_an_extra() -> None:
    (found,) = required("hls")
    assert (found.package, found.versions, found.fits) == ("hls4ml", "==1.3.0", True)
    assert required("no_such_extra") == ()


@pytest.mark.parametrize(
    ("versions", "installed", "fits"),
    [
        ("==2.21.*", "2.21.4", True),
        ("==2.21.*", "2.2.0", False),
        ("==1.3.0", "1.3", True),
        ("==1.3.0", "1.3.1", False),
        ("==2.13.*", "2.13.0+cpu", True),
        (">=3.15", "3.15.1", True),
        (">=3.15", "3.9", False),
        (">=5.48", "5.48", True),
        ("<3,>=2.1", "2.0", False),
        ("", "1", True),
    ],
)
def test_versions(versions: str, installed: str, fits: bool) -> None:
    assert Required("package", versions, installed).fits is fits
