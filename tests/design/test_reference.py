"""The keys of a design file: all have a meaning, the page and the file to begin with say the same."""

import json
import tomllib
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import jsonschema
import pytest

import trigforge.design
from trigforge.design import DesignFile, HlsDesign, InputDesign, LayerDesign, RtlDesign, load_design
from trigforge.design.reference import keys, reference, schema, template
from trigforge.design.targets import Fpga
from trigforge.errors import DesignError
from trigforge.toml_tables import load_toml

SCHEMA = Path(trigforge.design.__file__).parent / "design.schema.json"
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


def test_the_stored_schema_is_that_of_the_keys(golden: Callable[[Path, str], None]) -> None:
    golden(SCHEMA, json.dumps(schema(), indent=2) + "\n")


@pytest.mark.parametrize("path", sorted(Path(__file__).parents[2].glob("models/**/design.toml")), ids=str)
def test_shipped_files_fit_the_schema(path: Path) -> None:
    jsonschema.validate(tomllib.loads(path.read_text(encoding="utf-8")), schema())


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("[rtl]\ninitiation_interval = 4\n[layers.fc1]\ninstances = 2\n[layers.outer.inner]\ninstances = 2\n", True),
        ("[budget]\nlut_percent_of_slr = 10\n[inputs.x]\narrival = 'serial'\n", True),
        ("[rtl]\ninitiation_intervall = 4\n", False),
        ("[rtl]\ninitiation_interval = 'four'\n", False),
        ("[hls]\nstrategy = 'FAST'\n", False),
        ("[hls]\nstrategy = 'distributed arithmetic'\n", True),
        ("[layers.fc1]\ninstance = 2\n", False),
        ("[rtll]\n", False),
    ],
)
def test_the_schema_tells_wrong_files_from_right_ones(text: str, fits: bool) -> None:
    assert jsonschema.Draft202012Validator(schema()).is_valid(tomllib.loads(text)) == fits
