"""The C++ of Verilator's models and its runtime, compiled into one shared object."""

import re
from collections.abc import Sequence
from pathlib import Path

from trigforge.cache import found, kept, place
from trigforge.toolchain import gxx
from trigforge.toolchain.process import AT_ONCE, Command, run_tool, run_tools

MODEL_FLAGS = (
    "-std=c++17",
    "-O1",
    "-fPIC",
    "-fno-gnu-unique",
    "-w",
    "-DVL_TIME_CONTEXT",
    "-DVM_TRACE=0",
    "-DVM_COVERAGE=0",
)
"""-O1: the jet tagger compiles in 12 CPU seconds, with -O0 in 10, and -O2 takes half as long again; 14,000 LUT run four
times faster than with -O0, and as fast as with -O2."""
QUICK_FLAGS = (*MODEL_FLAGS, "-O0")
"""For what takes longer to compile than to run."""

_OBJECT = "part.o"
_ONCE = "__Slow"
"""the end of the names of files of C++ that run when a model is made"""
_BYTES_IN_ONE_FILE = 1_500_000
_TIMES_ITS_HEADERS = 2


def compile_models(
    models: Sequence[Path], root: Path, version: str, target: Path, flags: Sequence[str], timeout_s: float
) -> None:
    """The C++ that Verilator wrote into the folders of models, as the shared object ``target``.

    ``root`` and ``version`` are Verilator's. What runs once, when a model is made, is not optimized. Scratch files are
    written beside the models. Raises ``ToolMissingError`` without a compiler and ``ToolFailedError`` where it fails.
    """
    compiler, scratch = gxx.find(), models[0].parent
    sources: list[Path] = []
    runtime: set[str] = set()
    for model in models:
        sources += sorted(model.glob("*.cpp"))
        listed = (model / f"V{model.name}_classes.mk").read_text(encoding="utf-8")
        runtime |= set(re.findall(r"^\s+(verilated\w*)\b", listed, re.MULTILINE))
    include = root / "include"
    parts = {name: _runtime_part(compiler, root, version, name) for name in sorted(runtime)}
    fresh = {name: scratch / f"{name}.o" for name, piece in parts.items() if not found(piece)}
    groups: dict[tuple[str, ...], list[Path]] = {}
    for source in sources:
        groups.setdefault(QUICK_FLAGS if source.stem.endswith(_ONCE) else tuple(flags), []).append(source)
    own = [
        (unit, own_flags, unit.with_suffix(".o"))
        for number, (own_flags, group) in enumerate(groups.items())
        for unit in _units(group, scratch, f"unit_{number}")
    ]
    units = [*((include / f"{name}.cpp", QUICK_FLAGS, made) for name, made in fresh.items()), *own]
    includes = [f"-I{include}", f"-I{include / 'vltstd'}"]
    jobs = [
        Command([*compiler, *gxx.understood(compiler, own_flags), *includes, "-c", source, "-o", made], scratch)
        for source, own_flags, made in units
    ]
    run_tools("g++", jobs, timeout_s=timeout_s)
    for name, made in fresh.items():
        kept(parts[name], lambda _, result, made=made: made.rename(result / _OBJECT))
    objects = [*(piece / _OBJECT for piece in parts.values()), *(made for _, _, made in own)]
    atomic = ["-latomic"] if gxx.is_clang(compiler) else []  # clang calls functions where g++ has instructions
    link = [*compiler, "-shared", "-Wl,-Bsymbolic", "-pthread", *objects, *atomic, "-o", target]
    run_tool("g++", Command(link, scratch), timeout_s=timeout_s)


def _runtime_part(compiler: Sequence[str], root: Path, version: str, name: str) -> Path:
    """The piece that keeps a compiled part of Verilator's runtime, which is the same for all designs and takes longer
    to compile than a small one."""
    return place("simulations", name, str(root), version, gxx.version(), *compiler, *QUICK_FLAGS)


def _units(sources: Sequence[Path], folder: Path, name: str) -> list[Path]:
    """Files that include the sources, about equal in size, and large beside the headers that each of them reads, which
    are 27 MB and nine seconds for a transformer. Verilator guards against two of its models in one file, for
    the sake of precompiled headers, which are not used here."""
    sizes = [source.stat().st_size for source in sources]
    folders = {source.parent for source in sources}
    headers = max((sum(file.stat().st_size for file in model.glob("*.h")) for model in folders), default=0)
    largest = max(_BYTES_IN_ONE_FILE, _TIMES_ITS_HEADERS * headers)
    share = sum(sizes) / max(AT_ONCE, -(-sum(sizes) // largest))
    texts: list[str] = []
    done = 0.0
    for source, size in zip(sources, sizes, strict=True):
        while len(texts) <= (done + size / 2) // share:
            texts.append("")
        texts[-1] += f'#include "{source}"\n#undef VL_PCH_INCLUDED\n'
        done += size
    units = [folder / f"{name}_{n}.cpp" for n in range(len(texts))]
    for unit, text in zip(units, texts, strict=True):
        unit.write_text(text, encoding="utf-8")
    return units
