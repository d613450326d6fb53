"""The keys of a design file: all have a meaning, the page and the file to begin with say the same."""

from dataclasses import fields
from pathlib import Path

import pytest

from trigforge.design import DesignFile, HlsDesign, InputDesign, LayerDesign, RtlDesign, load_design
from trigforge.design.reference import keys, reference, template
from trigforge.design.targets import Fpga
from trigforge.errors import DesignError
from trigforge.toml_tables import load_toml

PAGE = Path(__file__).parents[2] / "docs" / "design.md"


def test_every_field_has_a_meaning() -> None:
    known = {(key.table.partition(".")[0], key.name) for key in keys()}
    kinds = {"target": Fpga, "hls": HlsDesign, "rtl": RtlDesign, "layers": LayerDesign, "inputs": InputDesign}
    assert {(table, entry.name) for table, kind in kinds.items() for entry in fields(kind)} <= known


def test_the_page_has_the_reference(request: pytest.FixtureRequest) -> None:
    """``--update-golden`` writes the table of the page anew."""
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split("<!-- keys -->\n")
    table, after = rest.split("\n<!-- end of keys -->")
    if request.config.getoption("--update-golden"):
        PAGE.write_text(f"{before}<!-- keys -->\n{reference()}\n<!-- end of keys -->{after}", encoding="utf-8")
    else:
        assert table == reference()


def test_the_file_to_begin_with_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "design.toml"
    path.write_text(template(["fc1", "outer.inner", "a b"], ["x"]), encoding="utf-8")
    assert load_design(path) == DesignFile()


def test_each_of_its_comments_is_a_key_that_is_understood(tmp_path: Path) -> None:
    """Without the signs of comments it is a design file, whose values are the defaults."""
    path = tmp_path / "design.toml"
    text = template(["fc1", "outer.inner"], ["x"])
    lines = [line.removeprefix("#") for line in text.splitlines() if not line.startswith("# ")]
    skipped = ("per_cycle", "objects", "preset")  # they need others beside them, or limit what others say
    path.write_text("\n".join(line for line in lines if not line.startswith(skipped)), encoding="utf-8")
    assert load_toml(path, "design file", DesignError)["rtl"]["initiation_interval"] == 1
    found = load_design(path)
    assert found.point.hls == HlsDesign() and found.point.target == Fpga()
    assert set(found.point.layers) == {"fc1"} and set(found.point.inputs) == {"x"}
    assert found.budget is not None
