"""Checks of `make lint` and `make docs`: `python .ci/checks.py exact tree docstrings links examples`.

Each check is a function from the repository's root to a list of findings, one line each; none means it passes.
"""

from __future__ import annotations

import ast
import doctest
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

LARGEST_FILE_BYTES = 3_000_000

APPROXIMATE = frozenset(
    "isclose allclose approx assert_allclose assert_almost_equal assert_array_almost_equal assert_approx_equal "
    "assertAlmostEqual assertNotAlmostEqual assert_array_almost_equal_nulp assert_array_max_ulp".split()
)
TOLERANCES = frozenset({"rtol", "atol", "rel_tol", "abs_tol", "tolerance"})

# A path of one machine, or a host from which packages were fetched. Written in pieces, so that this file passes.
MACHINE = re.compile(
    r"(?<![\w.$}/-])/(?:work|root|tmp|home/\w+|Users/\w+)/"
    r"|file:" + r"///|--(?:extra-)?index" + r"-url[ =]|find" + r"-links[ =]|https?://\S*/simp" + r"le\b"
)


def tracked(root: Path) -> list[Path]:
    """The files git carries, relative to root, without those deleted in the working tree."""
    command = ["git", "-c", "safe.directory=*", "-C", str(root), "ls-files", "-z"]
    names = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0")
    return [Path(name) for name in names if name and (root / name).is_file()]


def exact(root: Path) -> list[str]:
    """tests/agreement compares integers with ==: no approximate comparison by any name, no tolerance argument."""
    findings: list[str] = []
    for path in sorted((root / "tests" / "agreement").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Name(id=name) | ast.Attribute(attr=name) if name in APPROXIMATE:
                    line, found = node.lineno, name
                case ast.ImportFrom(names=names) if used := sorted({alias.name for alias in names} & APPROXIMATE):
                    line, found = node.lineno, ", ".join(used)
                case ast.keyword(arg=str(name), value=value) if name in TOLERANCES:
                    line, found = value.lineno, f"{name}="
                case _:
                    continue
            findings.append(f"{path.relative_to(root)}:{line}: {found}; simulators agree on integers, compare with ==")
    return findings


def tree(root: Path) -> list[str]:
    """No file in git is over 3 MB; no text carries a path of one machine or a package host."""
    findings: list[str] = []
    for path in tracked(root):
        size = (root / path).stat().st_size
        if size > LARGEST_FILE_BYTES:
            findings.append(f"{path}: {size / 1e6:.1f} MB; git carries files up to 3 MB")
            continue
        try:
            text = (root / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        findings += [
            f"{path}:{number}: {found.group()!r} belongs to one machine; use a relative path or a variable"
            for number, line in enumerate(text.splitlines(), 1)
            if (found := MACHINE.search(line))
        ]
    return findings


QUESTIONS = frozenset({"what", "where", "how", "whether", "when", "why"})


def docstrings(root: Path) -> list[str]:
    """No docstring in src/ begins with a question word: it says first what the thing is, with a noun."""
    findings: list[str] = []
    for path in tracked(root):
        if path.suffix != ".py" or path.parts[0] != "src":
            continue
        for node in ast.walk(ast.parse((root / path).read_text(encoding="utf-8"))):
            match node:
                case ast.Expr(value=ast.Constant(value=str(text))) if text.split():
                    first = text.split()[0].strip(",.:;")
                    if first.lower() in QUESTIONS:
                        findings.append(
                            f"{path}:{node.lineno}: begins with {first!r}; say what the thing is, with a noun"
                        )
                case _:
                    continue
    return findings


def links(root: Path) -> list[str]:
    """Every relative link of a Markdown file leads to a file or folder of the repository."""
    findings: list[str] = []
    for path in tracked(root):
        if path.suffix != ".md":
            continue
        prose = re.sub(r"```.*?```|`[^`\n]*`", "", (root / path).read_text(encoding="utf-8"), flags=re.DOTALL)
        for target in dict.fromkeys(re.findall(r"\]\(([^)\s]+)\)", prose)):
            if re.match(r"[a-z]+:|#", target):
                continue
            if not (root / path.parent / target.split("#")[0]).exists():
                findings.append(f"{path}: the link {target} leads nowhere")
    return findings


def examples(root: Path) -> list[str]:
    """Every `>>>` example in a Markdown file's ```python blocks prints what it says; one namespace a file."""
    findings: list[str] = []
    for path in tracked(root):
        if path.suffix == ".md":
            findings += _failed_examples(path, (root / path).read_text(encoding="utf-8"))
    return findings


def _failed_examples(path: Path, text: str) -> Iterator[str]:
    parser, runner, names = doctest.DocTestParser(), doctest.DocTestRunner(verbose=False), {}
    for block in re.finditer(r"^```python\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE):
        line = text[: block.start(1)].count("\n")
        test = parser.get_doctest(block.group(1), names, str(path), str(path), line)
        report: list[str] = []
        if runner.run(test, out=report.append, clear_globs=False).failed:
            yield "".join(report)
        names = test.globs


CHECKS: dict[str, Callable[[Path], list[str]]] = {
    "exact": exact,
    "tree": tree,
    "docstrings": docstrings,
    "links": links,
    "examples": examples,
}


def main(names: list[str]) -> int:
    root = Path(__file__).resolve().parent.parent
    findings = [finding for name in names for finding in CHECKS[name](root)]
    for finding in findings:
        print(finding)
    print(f"{' '.join(names)}: {len(findings) or 'no'} finding{'' if len(findings) == 1 else 's'}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
