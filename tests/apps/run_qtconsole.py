"""Runs cells in Qt Console, and prints the text that its window shows.

    python run_qtconsole.py KERNEL PICTURE

The next cell is typed when the console shows a prompt, and the answer when it asks.
"""

# qtconsole has no annotations.
# mypy: ignore-errors

from __future__ import annotations

import sys

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from qtconsole.manager import QtKernelManager
from qtconsole.rich_jupyter_widget import RichJupyterWidget

CELLS = [
    "6 * 7",
    "print('Hello', input('Who? '))",
    "from matplotlib import pyplot; pyplot.plot([1, 4, 9]);",
    "1 / 0",
]
ANSWER = "Ada"
OBJECT = "\ufffc"  # what stands for a picture in a document of Qt's
TICK = 20  # milliseconds between two looks at the console


class Session:
    """A console, and the cells that are still to be typed into it."""

    def __init__(self, application: QApplication, kernel_name: str) -> None:
        self.application = application
        self.cells = list(CELLS)
        self.manager = QtKernelManager(kernel_name=kernel_name)
        self.manager.start_kernel()
        client = self.manager.client()
        client.start_channels()
        self.console = RichJupyterWidget()
        self.console.kernel_manager = self.manager
        self.console.kernel_client = client
        self.console.resize(720, 640)
        self.console.show()
        self.timer = QTimer()
        self.timer.timeout.connect(self.look)
        self.timer.start(TICK)

    def look(self) -> None:
        """Type what the console waits for, if it does."""
        if self.console._reading:
            self.type(ANSWER)
        elif self.console._executing or not self.console._prompt:
            return
        elif self.cells:
            self.type(self.cells.pop(0))
        else:
            self.application.quit()

    def type(self, text: str) -> None:
        """Type a line, as with the keyboard."""
        QTest.keyClicks(self.console._control, text)
        QTest.keyClick(self.console._control, Qt.Key_Return, Qt.ShiftModifier)

    def close(self) -> str:
        """End the kernel; returns what the console shows."""
        text = self.console._control.toPlainText()
        self.console.kernel_client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        return text.replace(OBJECT, "[a picture]")


def main(kernel_name: str, picture: str) -> None:
    application = QApplication([])
    session = Session(application, kernel_name)
    application.exec()
    session.console.grab().save(picture)
    sys.stdout.write(session.close())


if __name__ == "__main__":
    main(*sys.argv[1:])
