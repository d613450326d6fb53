"""A report as a figure of matplotlib, for talks and notebooks."""

from pathlib import Path
from typing import Any

from trigforge.pictures import blank, save, styled
from trigforge.reports.build_report import BuildReport
from trigforge.reports.quality import Quality

_LUT, _FF = "#0e6377", "#a5c8cf"
_WITHOUT = "report.html and summary() tell the same"


def plot_report(report: BuildReport, path: Path | None = None) -> Any:
    """LUT and flip-flops of each clock cycle of the Verilog, and what labelled events say, if there are some."""
    panels = 1 + (report.quality is not None)
    figure = blank(5.2 * panels, 3.8, _WITHOUT)
    with styled():
        _cycles(figure.add_subplot(1, panels, 1), report)
        if report.quality is not None:
            _quality(figure.add_subplot(1, panels, 2), report.quality)
        if path is not None:
            save(figure, path)
    return figure


def _cycles(axes: Any, report: BuildReport) -> None:
    stages = report.principal.stages if report.principal else ()
    cycles = max((stage.first_cycle for stage in stages), default=0) + 1
    for name, colour, shift in (("lut", _LUT, -0.2), ("ff", _FF, 0.2)):
        counts = [0.0] * cycles
        for stage in stages:
            counts[stage.first_cycle] += stage.copies * getattr(stage, name)
        label = {"lut": "LUT", "ff": "flip-flops"}[name]
        axes.bar([cycle + shift for cycle in range(cycles)], counts, 0.4, color=colour, label=label)
    axes.set_xlabel("clock cycle")
    axes.set_title(f"{report.model}, by clock cycle", fontsize=10, loc="left")
    axes.legend(frameon=False, fontsize=8)


def _quality(axes: Any, quality: Quality) -> None:
    own = quality.firmware
    if own.residuals is not None:
        unit = f" [{quality.unit}]" if quality.unit else ""
        for name, found in quality.networks.items():
            assert found.residuals is not None
            drawn = {"histtype": "fill", "color": _LUT} if found is own else {"histtype": "step", "color": "black"}
            found.residuals.to_hist(f"output less {quality.labels}{unit}").plot1d(ax=axes, label=name, **drawn)
        axes.set_ylabel("events")
        axes.set_title(f"RMS {own.residuals.rms:.4g}{unit}", fontsize=10, loc="left")
        axes.legend(frameon=False, fontsize=8)
        return
    for number, curve in enumerate(own.curves):
        for found in quality.networks.values():
            background = found.curves[number].background
            points = [(x, y) for x, y in zip(quality.efficiencies, background, strict=True) if y > 0]
            drawn = {"label": f"{curve.name}, area {curve.auc:.3f}"} if found is own else {"linestyle": ":"}
            axes.plot(*zip(*points, strict=True), color=f"C{number}", **drawn)
    axes.set_yscale("log")
    axes.set_xlabel("signal efficiency")
    axes.set_ylabel("background efficiency")
    dotted = f" (dotted: {', '.join(name for name in quality.networks if name != 'firmware')})"
    title = f"accuracy {own.accuracy:.2%}{dotted if len(quality.networks) > 1 else ''}"
    axes.set_title(title, fontsize=10, loc="left")
    axes.legend(frameon=False, fontsize=8)
