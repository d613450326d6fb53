"""Builds models from an empty cache, and fits the predictions of ``trigforge doctor`` to what they took.

``python benchmarks/doctor.py --build [MODEL...]`` builds the shipped models and the published ones in
``../shared/models`` (or below ``TRIGFORGE_SHARED``), one by one, and appends to ``results/doctor.jsonl`` what each is
and took: bits of adders by group of gates, mapped LUTs, CPU seconds of ``trigforge synth`` with all its tools, the
largest process. It takes an hour. Without ``--build`` the recorded builds are fitted; with ``--write`` the package
takes over the constants (``src/trigforge/resources/prediction.toml``) and docs/doctor.md its table.
"""

from __future__ import annotations

import itertools
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from harness import BENCHMARKS, Measurement, fill, newest, record

from trigforge.design import DesignPoint, load_design
from trigforge.diagnosis import prediction
from trigforge.diagnosis.prediction import Line, Model, Size, size_of
from trigforge.flow.preparing import read_source
from trigforge.flow.workspace import resolve
from trigforge.reports import BuildReport, Figure, load_report
from trigforge.resources.parts import FpgaResource
from trigforge.rtl import logic_of
from trigforge.toolchain import gxx, verilator, yosys

REPOSITORY = BENCHMARKS.parent
CONSTANTS = REPOSITORY / "src" / "trigforge" / "resources" / "prediction.toml"
RESULTS = BENCHMARKS / "results" / "doctor.jsonl"
PUBLISHED = {
    "hgq_tgc_2.010.keras": "",
    "hgq_plf_32x3_78.46.keras": "",
    "lin16part.keras": "",
    "mha16part.keras": "",
    "qonnx_tfc_1w2a.onnx": "",
    "qkeras_interaction_network_16.h5": '[inputs.in_layer]\ntype = "ap_fixed<12,6>"\n',
}
"""Published models by file, with what a model.toml must add to them."""
GROUPS = ("adders", "products", "tables")
KNOWN = {"tables": 1.0}
"""Factors of LUTs that are not fitted, as none of the models has large tables. Mapped alone, tanh and exp(-|x|) on 6, 8
and 10 address bits take 0.86 to 1.96 LUTs a bit of adders, and 1.06 over all six."""
Values = npt.NDArray[np.float64]
_STEPS = 8
"""times that errors are weighed anew by what the fit before predicts"""


@dataclass(frozen=True)
class Built:
    """One model: its size, and what its build took."""

    name: str
    size: Size
    lut: float
    cpu_s: float
    memory_gib: float

    @property
    def minutes(self) -> float:
        """The minutes on idle cores."""
        return prediction.minutes_of(self.cpu_s)


def models(workspace: Path) -> dict[str, str]:
    """The argument of ``trigforge`` for each model that is here, by name; ``workspace`` takes folders of those that
    need one."""
    shared = Path(os.environ.get("TRIGFORGE_SHARED", REPOSITORY.parent / "shared")) / "models"
    shipped = sorted(path.parent for path in (REPOSITORY / "models").glob("*/model.toml"))
    found = {folder.name: str(folder) for folder in shipped}
    for file, addition in PUBLISHED.items():
        path = shared / file
        name = re.sub(r"\W", "_", path.stem)
        if path.is_file() and addition:
            folder = workspace / name
            folder.mkdir()
            shutil.copy(path, folder)
            text = f'name = "{name}"\nversion = 1\ncheckpoint = "{file}"\n{addition}'
            (folder / "model.toml").write_text(text, encoding="utf-8")
            found[name] = str(folder)
        elif path.is_file():
            found[name] = str(path)
    return found


def build(name: str, model: str, scratch: Path) -> None:
    """Run ``trigforge synth`` with an empty cache and record what it took."""
    out, cache = scratch / name, scratch / f"{name}_cache"
    command = [sys.executable, "-m", "trigforge.cli", "synth", model, "--out", str(out)]
    begin = time.monotonic()
    process = subprocess.Popen(command, env={**os.environ, "TRIGFORGE_CACHE": str(cache)})
    _, status, usage = os.wait4(process.pid, 0)
    wall_s = time.monotonic() - begin
    if not (out / "report.json").is_file():
        raise SystemExit(f"{name}: trigforge synth ended with status {status} and left no report")
    keep(name, model, load_report(out / "report.json"), usage.ru_utime + usage.ru_stime, wall_s, usage.ru_maxrss)


def keep(name: str, model: str, report: BuildReport, cpu_s: float, wall_s: float, largest_kib: float) -> None:
    """Record one build."""
    source = resolve(model)
    point = load_design(source.design).point if source.design else DesignPoint()
    events = report.verification[0].events
    size = size_of(logic_of(read_source(source), point), events)
    mapped = report.principal.mapped[FpgaResource.LUT]
    assert isinstance(mapped, Figure)
    found = [Measurement(f"{name}, {group}", size.bits.get(group, 0.0), "bits") for group in GROUPS]
    found += [Measurement(f"{name}, {group} once", size.bits_once.get(group, 0.0), "bits") for group in GROUPS]
    found += [
        Measurement(f"{name}, {group} of slices", size.bits_of_slices.get(group, 0.0), "bits") for group in GROUPS
    ]
    found += [
        Measurement(f"{name}, stages", size.stages, "stages"),
        Measurement(f"{name}, events", events, "events"),
        Measurement(f"{name}, mapped", mapped.value, "LUT"),
        Measurement(f"{name}, CPU time", round(cpu_s, 1), "s"),
        Measurement(f"{name}, wall time", round(wall_s, 1), "s"),
        Measurement(f"{name}, largest process", round(largest_kib / 2**20, 3), "GiB"),
    ]
    record("doctor", found, {"g++": gxx.version(), "verilator": verilator.version(), "yosys": yosys.version()})


def recorded(results: Path = RESULTS) -> list[Built]:
    """The last build of each model; older records know no slices, and are of models that share nothing."""
    return [
        Built(
            name,
            Size(
                {group: entry[group] for group in GROUPS},
                {group: entry[f"{group} once"] for group in GROUPS},
                {group: entry.get(f"{group} of slices", entry[group]) for group in GROUPS},
                int(entry["stages"]),
                int(entry["events"]),
            ),
            entry["mapped"],
            entry["CPU time"],
            entry["largest process"],
        )
        for name, (_, entry) in newest(results).items()
    ]


def factors(rows: Values, wanted: Values) -> Values:
    """The factors, none negative, with the least sum of squares of ``rows @ factors - wanted``."""
    best = (np.inf, np.zeros(rows.shape[1]))
    for kept in itertools.product((False, True), repeat=rows.shape[1]):
        some = np.array(kept)
        found = np.zeros(rows.shape[1])
        found[some] = np.linalg.lstsq(rows[:, some], wanted, rcond=None)[0]
        error = float(np.square(rows @ found - wanted).sum())
        if (found >= 0).all() and error < best[0] - 1e-12:
            best = (error, found)
    return best[1]


def _fitted(rows: Values, fixed: Values, target: Values) -> Values:
    """The factors for which ``fixed + rows @ factors`` misses ``target`` by the least ratios: the squares of errors are
    divided by the product of both, near that of their logarithm's."""
    scale = target
    for _ in range(_STEPS):
        found = factors(rows / scale[:, None], (target - fixed) / scale)
        scale = np.sqrt(target * np.maximum(fixed + rows @ found, target / 10))
    return found


def fit(sizes: Sequence[Mapping[str, float]], truth: Sequence[float], known: Mapping[str, float] | None = None) -> Line:
    """The line through all builds, by ratios, and the largest relative error of those that were left out in turn.

    ``known`` factors are taken as they are.
    """
    known = known or {}
    names = [name for name in sizes[0] if name not in known]
    target = np.array(truth)
    rows = np.array([[entry[name] for name in names] for entry in sizes])
    fixed = np.array([sum(factor * entry[name] for name, factor in known.items()) for entry in sizes])

    def error(n: int) -> float:
        others = _fitted(*(np.delete(part, n, 0) for part in (rows, fixed, target)))
        return abs(float(fixed[n] + rows[n] @ others) / target[n] - 1)

    found = {name: float(f"{value:.3g}") for name, value in zip(names, _fitted(rows, fixed, target), strict=True)}
    percent = round(100 * max(map(error, range(len(target)))), 1)
    return Line({**found, **known}, percent, len(target), float(target.min()), float(target.max()))


def print_constants(lines: Mapping[str, Line]) -> str:
    """The text of ``prediction.toml``."""
    text = (
        "# Fitted by benchmarks/doctor.py to builds that it made, which writes this file; docs/doctor.md explains it.\n"
    )
    for name, line in lines.items():
        table = ", ".join(f"{key} = {value:.10g}" for key, value in line.factors.items())
        text += f"\n[{name}]\nfactors = {{ {table} }}\n"
        text += f"interval_percent = {line.interval_percent:g}\ndesigns = {line.designs}\n"
        text += f"least = {line.least:.10g}\nmost = {line.most:.10g}\n"
    return text


def table(builds: Sequence[Built]) -> str:
    """The table of docs/doctor.md: predicted and measured."""
    lines = ["| model | LUT predicted | mapped | minutes predicted | from CPU time | GiB predicted | measured |"]
    lines.append("|---|--:|--:|--:|--:|--:|--:|")
    for built in builds:
        memory = prediction.model().memory_gib.at(built.size.sizes)
        lines.append(
            f"| `{built.name}` | {built.size.lut:,.0f} | {built.lut:,.0f} | {built.size.minutes:.1f} | "
            f"{built.minutes:.1f} | {memory:.1f} | {built.memory_gib:.1f} |"
        )
    return "\n".join(lines)


def write(line: Mapping[str, Line]) -> None:
    """Give the package its constants; what is predicted from now on is by them."""
    CONSTANTS.write_text(print_constants(line), encoding="utf-8")
    prediction.model.cache_clear()


def main(arguments: Sequence[str]) -> None:
    """See the module."""
    if "--build" in arguments:
        with tempfile.TemporaryDirectory() as folder:
            scratch = Path(folder)
            known = models(scratch)
            for name in [argument for argument in arguments if argument in known] or known:
                build(name, known[name], scratch)
        return
    builds = recorded()
    before = prediction.model()
    lut = fit([built.size.bits for built in builds], [built.lut for built in builds], KNOWN)
    if "--write" in arguments:
        write({"lut": lut, "cpu_s": before.cpu_s, "memory_gib": before.memory_gib})
    sizes = [built.size.sizes for built in builds]
    fitted = Model(
        lut,
        fit(sizes, [built.cpu_s for built in builds]),
        fit(sizes, [built.memory_gib for built in builds]),
    )
    if "--write" in arguments:
        write(vars(fitted))
        fill(REPOSITORY / "docs" / "doctor.md", {"predicted and measured": table(builds)})
    print(print_constants(vars(fitted)))
    print(table(builds))


if __name__ == "__main__":
    main(sys.argv[1:])
