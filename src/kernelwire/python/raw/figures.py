"""matplotlib's backend of the raw kernel: figures become pictures below the cell.

matplotlib finds it by `MPLBACKEND`. `interpreter` shows what a cell leaves open, so that
`plt.plot()` is enough; matplotlib-inline does the same where there is IPython.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

from matplotlib._pylab_helpers import Gcf
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from kernelwire.python.showing import display

__all__ = ["FigureCanvas", "show"]

FigureCanvas = FigureCanvasAgg


def show(*_args: Any, **_options: Any) -> None:
    """Show all open figures, and close them."""
    managers = Gcf.get_all_fig_managers()
    try:
        for manager in managers:
            display(manager.canvas.figure)
    finally:
        Gcf.destroy_all()


def _png(figure: Figure) -> bytes | None:
    """Draw a figure as it would be saved, with no more margin than it needs."""
    if not figure.axes and not figure.lines:
        return None
    drawn = BytesIO()
    figure.savefig(drawn, format="png", bbox_inches="tight", facecolor="white")
    return drawn.getvalue()


# So is a figure that is a cell's result, or given to display().
Figure._repr_png_ = _png  # type: ignore[attr-defined]
