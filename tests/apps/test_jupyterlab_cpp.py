"""JupyterLab 4 with the C++ kernel, in a real browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.apps.conftest import JupyterServer, Pictures, notebook_of
from tests.apps.lab import Lab, OpenLab
from tests.cpp_program import program

from kernelwire import cpp

__all__ = ["program"]  # a fixture, which pytest looks for here

KERNEL = "kernelwire-cpp20"

PLOT = """\
#include <cmath>
#include <sstream>
#include <kernelwire/display.hpp>

std::ostringstream svg;
svg << R"(<svg xmlns="http://www.w3.org/2000/svg" id="wave" width="420" height="150">)"
    << R"(<polyline fill="none" stroke="teal" stroke-width="3" points=")";
for (int x = 0; x <= 400; ++x)
    svg << 10 + x << "," << 75 - 65 * std::sin(x / 20.0) * std::exp(-x / 200.0) << " ";
svg << "\\"/></svg>";
kernelwire::Svg(svg.str())"""

VALUES = """\
#include <map>
#include <string>
#include <vector>

std::map<std::string, std::vector<double>> samples{{"left", {0.5, 1}}, {"right", {2}}};
samples"""

PROGRESS = """\
#include <vector>
#include <kernelwire/display.hpp>
int total = 0;
for (int step : kernelwire::progress(std::vector<int>{1, 2, 3}, "summing")) total += step;
total"""


@pytest.fixture
def open_lab(
    page: Page,
    jupyter_server: JupyterServer,
    jupyter_environment: dict[str, str],
    program: Path,
    request: pytest.FixtureRequest,
) -> OpenLab:
    """Opens JupyterLab with a notebook of C++ cells."""
    kernels = Path(jupyter_environment["JUPYTER_PATH"]) / "kernels"
    cpp.install(kernels, program=program, standard="c++20")
    own = f"cpp-{request.node.name}.ipynb"

    def opened(*cells: str, name: str = own) -> Lab:
        (jupyter_server.files / name).write_text(notebook_of(KERNEL, *cells))
        return Lab(page, jupyter_server.address, name)

    return opened


def test_a_cell_prints_and_returns(open_lab: OpenLab) -> None:
    lab = open_lab('#include <iostream>\nstd::cout << "printed\\n";\n6 * 7')
    output = lab.run(0)
    expect(output).to_contain_text("printed")
    expect(output).to_contain_text("42")


def test_cells_are_highlighted_as_cpp(open_lab: OpenLab) -> None:
    lab = open_lab("int number = 42; // a comment")
    lab.run(0)  # the language is known once the kernel has said it
    # To the modes of other languages this is no comment.
    coloured = lab.editor(0).locator("span", has_text=re.compile("^// a comment$"))
    expect(coloured).to_have_class(re.compile("ͼ"))


def test_a_picture_is_drawn_from_cpp(open_lab: OpenLab, pictures: Pictures) -> None:
    lab = open_lab(VALUES, PLOT, 'int answer = "forty-two";', name="waves-cpp.ipynb")
    lab.hide_files()
    expect(lab.run(0)).to_contain_text('{"left": [0.5, 1], "right": [2]}')
    expect(lab.run(1).locator("img, svg#wave").first).to_be_visible()
    output = lab.run(2)
    expect(output).to_contain_text("cannot initialize a variable of type 'int'")
    expect(output.locator("[class*='ansi-']").first).to_be_visible()
    pictures.keep("jupyterlab-cpp", lab.page, 1280, 860)


def test_a_progress_bar_fills_without_a_widget(open_lab: OpenLab) -> None:
    output = open_lab(PROGRESS).run(0)
    expect(output.locator("progress")).to_have_attribute("value", "3")
    expect(output).to_contain_text("6")


def test_tab_completes_with_types(open_lab: OpenLab) -> None:
    lab = open_lab(VALUES, "samples.emplace_h")
    lab.run(0)
    lab.type_into(1, "")
    lab.page.keyboard.press("Tab")
    expect(lab.completions).to_have_text(re.compile("emplace_hint.*"))
    lab.page.keyboard.press("Enter")
    expect(lab.editor(1)).to_contain_text("samples.emplace_hint")


def test_shift_tab_inspects(open_lab: OpenLab) -> None:
    lab = open_lab(
        "/// Half of a number.\ndouble half(double number) { return number / 2; }",
        "half(",
    )
    lab.run(0)
    lab.type_into(1, "")
    lab.page.keyboard.press("Shift+Tab")
    expect(lab.tooltip).to_contain_text("Half of a number")


def test_input_is_asked_for_below_the_cell(open_lab: OpenLab) -> None:
    lab = open_lab(
        "#include <iostream>\n#include <string>\n"
        'std::string name;\nstd::cin >> name;\nstd::cout << "Hello " << name;'
    )
    lab.start(0)
    lab.answer(0, "Ada")
    expect(lab.finish(0)).to_contain_text("Hello Ada")


def test_an_interrupt_stops_a_cell(open_lab: OpenLab) -> None:
    lab = open_lab(
        '#include <iostream>\nstd::cout << "began" << std::endl;\nwhile (true) {}',
        "1 + 1",
    )
    lab.start(0)
    expect(lab.output(0)).to_contain_text("began")
    lab.interrupt()
    expect(lab.finish(0)).to_contain_text("Interrupted")
    expect(lab.run(1)).to_contain_text("2")


def test_a_restart_forgets_all_names(open_lab: OpenLab) -> None:
    lab = open_lab("int kept = 1;", "kept")
    lab.run(0)
    lab.restart()
    expect(lab.run(1)).to_contain_text("undeclared identifier")
    expect(lab.prompt(1)).to_have_text("[1]:")
