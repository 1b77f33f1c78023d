"""Cells that several apps run."""

from __future__ import annotations

PLOT = """\
from matplotlib import pyplot
pyplot.plot([1, 4, 9]);"""

SLIDER = """\
import ipywidgets

def halve(change):
    label.value = f"half: {change['new'] / 2}"

slider = ipywidgets.IntSlider(value=20, description="number")
slider.observe(halve, "value")
label = ipywidgets.Label("not moved")
ipywidgets.VBox([slider, label])"""


DASHBOARD = """\
import ipywidgets
import numpy
from matplotlib import pyplot

def waves(number):
    position = numpy.linspace(0, 1, 500)
    pyplot.figure(figsize=(7, 3))
    pyplot.plot(position, numpy.sin(2 * numpy.pi * number * position))
    pyplot.show()
    print(number, "waves")

ipywidgets.interact(waves, number=ipywidgets.IntSlider(value=3, min=1, max=9));"""
