"""Each check of .ci/checks.py fires on what it forbids and is quiet on what it allows."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def checks(repository: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("checks", repository / ".ci" / "checks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def checkout(root: Path, files: dict[str, str]) -> Path:
    """A git checkout that tracks the given files: relative path -> text."""
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    subprocess.run(["git", "-C", str(root), "add", "."], check=True)
    return root


APPROXIMATE = {
    "import numpy as np\nassert np.allclose(a, b)": "2: allclose",
    "import numpy\nassert numpy.isclose(1, 2).all()": "2: isclose",
    "import numpy as np\nnp.testing.assert_allclose(1, 2)": "2: assert_allclose",
    "from numpy.testing import assert_almost_equal": "1: assert_almost_equal",
    "from math import isclose as same": "1: isclose",
    "import pytest\nassert 1 == pytest.approx(2)": "2: approx",
    "assert mine(1, 2, rtol=0.1)": "1: rtol=",
}


@pytest.mark.parametrize("source", APPROXIMATE)
def test_approximate_comparison_is_found_in_agreement_tests(checks: ModuleType, tmp_path: Path, source: str) -> None:
    root = checkout(tmp_path, {"tests/agreement/deep/test_bits.py": source, "tests/hls/test_bits.py": source})
    assert checks.exact(root) == [
        f"tests/agreement/deep/test_bits.py:{APPROXIMATE[source]}; simulators agree on integers, compare with =="
    ]


@pytest.mark.parametrize("source", [source for source in APPROXIMATE if "rtol" not in source])
def test_ruff_bans_approximate_comparison_in_agreement_tests_only(repository: Path, source: str) -> None:
    for name, code in {"tests/agreement/deep/test_bits.py": 1, "tests/hls/test_bits.py": 0}.items():
        ruff = Path(sys.prefix) / "bin" / "ruff"
        command = [str(ruff), "check", "--no-cache", "--select", "TID251", "--stdin-filename", name, "-"]
        result = subprocess.run(command, cwd=repository, input=source, capture_output=True, text=True, check=False)
        assert result.returncode == code, result.stdout
        assert ("simulators agree on integers: compare with ==" in result.stdout) == bool(code)


def test_exact_comparison_passes(checks: ModuleType, tmp_path: Path) -> None:
    source = "import numpy as np\nassert np.array_equal(a, b)\nassert (a == b).all()"
    assert checks.exact(checkout(tmp_path, {"tests/agreement/test_bits.py": source})) == []


@pytest.mark.parametrize(
    "text",
    [
        "see /" + "work/main/src",
        "cd /" + "home/ada/trigforge",
        "'/" + "tmp/out'",
        "file:" + "///wheels",
        "--index" + "-url x",
    ],
)
def test_machine_paths_are_found(checks: ModuleType, tmp_path: Path, text: str) -> None:
    findings = checks.tree(checkout(tmp_path, {"docs/page.md": f"first line\n{text}\n"}))
    assert len(findings) == 1
    assert findings[0].startswith("docs/page.md:2: ")
    assert findings[0].endswith("belongs to one machine; use a relative path or a variable")


@pytest.mark.parametrize(
    "text", ["https://example.org/" + "work/page", "../tmp/x", "a/" + "work/b", "$HOME/tmp/x", "framework/"]
)
def test_other_paths_pass(checks: ModuleType, tmp_path: Path, text: str) -> None:
    assert checks.tree(checkout(tmp_path, {"docs/page.md": text})) == []


def test_large_files_are_found(checks: ModuleType, tmp_path: Path) -> None:
    root = checkout(tmp_path, {"datasets/jets.root": "0" * 3_000_001, "datasets/few.root": "0" * 3_000_000})
    assert checks.tree(root) == ["datasets/jets.root: 3.0 MB; git carries files up to 3 MB"]


def test_docstrings_begin_with_no_question(checks: ModuleType, tmp_path: Path) -> None:
    source = (
        '"""What it does."""\nX = 1\n"""the number"""\n\ndef f():\n    """Whether, and when."""\n    return "How"\n'
    )
    root = checkout(tmp_path, {"src/trigforge/a.py": source, "tests/a.py": source, "src/trigforge/b.py": '"""A b."""'})
    assert checks.docstrings(root) == [
        f"src/trigforge/a.py:{line}: begins with {word!r}; say what the thing is, with a noun"
        for line, word in ((1, "What"), (6, "Whether"))
    ]


def test_broken_links_are_found(checks: ModuleType, tmp_path: Path) -> None:
    text = "[a](page.md#top) [b](gone.md) [c](https://example.org) [d](#here) `[e](code.md)` [f](../docs)"
    assert checks.links(checkout(tmp_path, {"docs/page.md": text})) == ["docs/page.md: the link gone.md leads nowhere"]


def test_examples_run_in_one_namespace(checks: ModuleType, tmp_path: Path) -> None:
    text = "```python\n>>> x = 2\n```\n\ntext\n\n```python\n>>> x + 1\n{}\n```\n"
    assert checks.examples(checkout(tmp_path, {"right.md": text.format(3)})) == []
    (finding,) = checks.examples(checkout(tmp_path / "wrong", {"wrong.md": text.format(4)}))
    assert 'File "wrong.md", line 8' in finding
    assert "Expected:\n    4\nGot:\n    3" in finding
