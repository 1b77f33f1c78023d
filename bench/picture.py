"""The picture of the kernel benchmark: ratios to the floor, as bars on a log scale.

GitHub shows it on a white and on a nearly black page, so it has no background, and all
text is a grey that both carry. Text is drawn as paths: no font can cut it off.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl

mpl.use("svg")

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, NullFormatter

from bench.kernels.catalogue import CONTENDERS, FLOOR
from bench.report import number, ratio
from bench.results import Result

ROWS = {
    "kernel_info": "kernel_info\nround trip",
    "execute": "execute\nround trip",
    "pipelined": "1,000 executes\nat once",
    "flushed": "20,000\nflushed prints",
    "display": "5,000\ndisplay_data",
    "big_buffer": "100 MB\nbuffer",
    "start_kernel_info": "start",
}

_INK = "#7d8590"
_COLOURS = {
    "kernelwire-cpp": "#d9480f",
    "kernelwire-python": "#f08c00",
    "kernelwire-python-raw": "#f5c542",
    "ipykernel": "#4c86c6",
    "xeus-python": "#3d9a8b",
    "xeus-python-raw": "#8a76c4",
}
_BAR = 0.17  # inches, one bar with its gap
_WIDTH = 7.6  # inches
_MARGIN = 1.1  # inches for legend and axis


def draw(result: Result, file: Path) -> bool:
    """Draw the picture; False when there was no floor to compare with."""
    contestants = result["contestants"]
    measured = {name for name, each in contestants.items() if each["found"]}
    names = [
        each.name for each in CONTENDERS if each.name != FLOOR and each.name in measured
    ]
    values = {row: ratios(result, row, names) for row in ROWS if row in result["rows"]}
    values = {row: bars for row, bars in values.items() if bars}
    if not values:
        return False
    places = len(values) * (len(names) + 1) - 1
    mpl.rcParams.update({"svg.fonttype": "path", "svg.hashsalt": "kernelwire"})
    mpl.rcParams.update({"font.size": 8, "text.color": _INK})
    figure, axes = plt.subplots(
        figsize=(_WIDTH, places * _BAR + _MARGIN), layout="constrained"
    )
    plot(axes, values, names)
    style(axes)
    handles = [
        Patch(color=_COLOURS[name], label=result["contestants"][name]["title"])
        for name in names
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=3, frameon=False)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, transparent=True, metadata={"Date": None})
    plt.close(figure)
    return True


def ratios(result: Result, row: str, names: list[str]) -> dict[str, float]:
    """Return how many times worse than the floor each kernel was."""
    entries = result["rows"][row]["entries"]
    base = entries.get(FLOOR)
    found = {
        name: ratio(result["rows"][row], entries[name], base)
        for name in names
        if name in entries
    }
    return {name: times for name, times in found.items() if times is not None}


def plot(axes: Axes, values: dict[str, dict[str, float]], names: list[str]) -> None:
    """Draw a group of bars for each row, each bar from the floor, which is 1."""
    group = len(names) + 1
    centres = []
    for index, bars in enumerate(values.values()):
        top = index * group
        centres.append(top + (len(names) - 1) / 2)
        for offset, name in enumerate(names):
            if name not in bars:
                axes.text(1.04, top + offset, "lost or missing", va="center", size=7)
                continue
            times = bars[name]
            axes.barh(
                top + offset, times - 1, left=1, height=0.82, color=_COLOURS[name]
            )
            axes.text(
                max(times, 1) * 1.04, top + offset, f"{number(times)}x", va="center"
            )
    axes.set_yticks(centres, [ROWS[row] for row in values])
    axes.margins(y=0.01)
    axes.invert_yaxis()
    axes.set_xscale("log")
    furthest = max(max(bars.values()) for bars in values.values())
    nearest = min(min(bars.values()) for bars in values.values())
    axes.set_xlim(min(nearest * 0.8, 0.9), furthest * 1.9)  # room for the last label


def style(axes: Axes) -> None:
    axes.axvline(1, color=_INK, linewidth=1)
    axes.set_xlabel("times the floor's figure, log scale; shorter is better")
    axes.xaxis.label.set_color(_INK)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}x"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.tick_params(colors=_INK, which="both")
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color=_INK, alpha=0.25, linewidth=0.5)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(_INK)
