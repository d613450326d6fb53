"""Hooks of mkdocs.yml: the pages are written for a checkout, and become pages of a site here.

A link leads to a file of the repository. In the site, a Markdown file outside of docs/ that a page links to is a page
of its own below ``repository/``, a picture is copied beside it, and any other file is told by its path. An entry of the
navigation that ends in ``/`` stands for all pages of that folder of docs/.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from os.path import normpath, relpath
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parent.parent
DOCS, OUTSIDE = "docs/", "repository/"
PICTURES = (".svg", ".png", ".jpg")
BLOCK_OR_LINK = re.compile(
    r"^```.*?^```|!?\[((?:`[^`]*`|[^`\]])*)\]\(([^)\s]+)\)|`[^`\n]*(?:\n[^`\n]+)?`",
    re.DOTALL | re.MULTILINE,
)
"""code, which stays as it is, or a link with its text and its target"""


def links(text: str, change: Callable[[str, str, str], str]) -> str:
    """The Markdown ``text`` with every link replaced by what ``change`` makes of link, text and target."""

    def replaced(match: re.Match[str]) -> str:
        target = match.group(2)
        if target is None or re.match(r"[a-z]+:|#", target):
            return match.group()
        return change(match.group(), match.group(1), target)

    return BLOCK_OR_LINK.sub(replaced, text)


def led_to(page: str, target: str, root: Path = ROOT) -> str:
    """The file that a link on ``page`` leads to, relative to the root; of a folder its README.md, if it has one."""
    path = normpath(Path(page).parent / target.partition("#")[0])
    return f"{path}/README.md" if (root / path / "README.md").is_file() else path


def place(path: str) -> str:
    """The place in the site of a file of the repository."""
    return path.removeprefix(DOCS) if path.startswith(DOCS) else OUTSIDE + path


def source(place_: str) -> str:
    """The file of the repository at a place in the site."""
    return place_.removeprefix(OUTSIDE) if place_.startswith(OUTSIDE) else DOCS + place_


def is_shown(path: str, root: Path = ROOT) -> bool:
    """True for a file outside of docs/ that is a page or a picture of the site."""
    return Path(path).suffix in (".md", *PICTURES) and (root / path).is_file()


def outside(root: Path = ROOT, first: tuple[str, ...] = ()) -> list[str]:
    """The files outside of docs/ that pages of the site link to, and what these link to; ``first`` are among them."""
    waiting = [path.relative_to(root).as_posix() for path in sorted((root / DOCS).rglob("*.md"))] + list(first)
    known = set(waiting)
    for page in waiting:
        if not page.endswith(".md"):
            continue
        for path in _targets(page, root):
            if path not in known and not path.startswith(DOCS) and is_shown(path, root):
                known.add(path)
                waiting.append(path)
    return sorted(path for path in known if not path.startswith(DOCS))


def _targets(page: str, root: Path) -> Iterator[str]:
    found: list[str] = []

    def note(link: str, _: str, target: str) -> str:
        found.append(led_to(page, target, root))
        return link

    links((root / page).read_text(encoding="utf-8"), note)
    yield from found


def as_page(page: str, text: str, root: Path = ROOT) -> str:
    """The text of a Markdown file of the repository as the page of the site at its place."""

    def change(link: str, words: str, target: str) -> str:
        path = led_to(page, target, root)
        if not (root / path).exists():
            return link  # mkdocs tells of it
        if (path.startswith(DOCS) and (root / path).is_file()) or is_shown(path, root):
            behind = target.partition("#")[1] + target.partition("#")[2]
            there = relpath(place(path), Path(place(page)).parent)
            return link.replace(f"]({target})", f"]({there}{behind})")
        return f"`{path}`" if path.endswith(words.strip("`")) else f"{words} (`{path}`)"

    return _blocks(links(text, change))


def _blocks(text: str) -> str:
    """Blank lines where Markdown for Python needs them and that of forges does not: around comments, before lists."""
    lines: list[str] = []
    code = False
    for line in text.splitlines():
        code ^= line.startswith("```")
        before = lines[-1] if lines else ""
        listed = re.match(r"- |\d+\. ", line) and before.strip() and not re.match(r"- |\d+\. | |#", before)
        if not code and line.startswith("<!--") and line.endswith("-->"):
            lines.append("")
            continue
        lines += ["", line] if listed and not code else [line]
    return "\n".join([*lines, ""])


def spelt_out(entries: list[Any], root: Path = ROOT) -> list[Any]:
    """The navigation with each folder replaced by its pages."""

    def entry(value: Any) -> Any:
        if isinstance(value, list):
            return [entry(one) for one in value]
        if isinstance(value, dict):
            return {title: entry(one) for title, one in value.items()}
        if value.endswith("/"):
            return [path.relative_to(root / DOCS).as_posix() for path in sorted((root / DOCS / value).glob("*.md"))]
        return value

    return entry(entries)


def pages_of(entries: list[Any]) -> list[str]:
    """The places of all pages that a navigation names."""
    if isinstance(entries, str):
        return [entries]
    parts = entries.values() if isinstance(entries, dict) else entries
    return [page for part in parts for page in pages_of(part)]


@cache
def _outside(first: tuple[str, ...]) -> list[str]:
    return outside(ROOT, first)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """The navigation, with folders as their pages."""
    config.nav = spelt_out(config.nav or [])
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """The files of docs/, and those outside of it that are shown."""
    from mkdocs.structure.files import File, InclusionLevel

    first = tuple(source(page) for page in pages_of(config.nav or []) if page.startswith(OUTSIDE))
    for path in _outside(first):
        own = InclusionLevel.INCLUDED if path in first else InclusionLevel.NOT_IN_NAV
        files.append(File.generated(config, place(path), abs_src_path=str(ROOT / path), inclusion=own))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """The text of a page, with links as they are in the site."""
    return as_page(source(page.file.src_uri), markdown)
