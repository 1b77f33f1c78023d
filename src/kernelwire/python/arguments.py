"""The command line of the Python kernel: what is ours, and what is IPython's.

Frontends write one, and people put IPython's options into kernelspecs. Only the words are
sorted here, since it is done before the sockets are bound; `application` reads IPython's.

Source: `ipython kernel --help-all` (ipykernel 7.4)
"""

from __future__ import annotations

TYPE_CHECKING = False  # typing takes 10 ms to import, before kernel_info
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_FILE = ("-f", "--f", "--connection-file", "--IPKernelApp.connection_file")

VALUED = frozenset(
    [
        "-c",
        "-m",
        "--autocall",
        "--c",
        "--cache-size",
        "--colors",
        "--config",
        "--ext",
        "--gui",
        "--ipython-dir",
        "--logappend",
        "--logfile",
        "--m",
        "--profile",
        "--profile-dir",
        "--theme",
    ]
)
"""IPython's options that take the next word for their value."""

OPTIONAL = frozenset({"--matplotlib", "--pylab"})
"""Those that may stand alone."""

FLAGS = frozenset(
    [
        "--autoindent",
        "--automagic",
        "--color-info",
        "--ignore-cwd",
        "--init",
        "--no-autoindent",
        "--no-automagic",
        "--no-color-info",
        "--no-ignore-cwd",
        "--no-pdb",
        "--no-pprint",
        "--no-stderr",
        "--no-stdout",
        "--nosep",
        "--pdb",
        "--pprint",
    ]
)
"""Those that have no value."""

# The connection file says these, and what else a Session needs.
_CONNECTION = frozenset(
    [
        "--control",
        "--hb",
        "--iopub",
        "--ip",
        "--shell",
        "--stdin",
        "--transport",
        "--ident",
        "--keyfile",
        "--user",
    ]
)

_TAKES = frozenset((*VALUED, *_CONNECTION, *_FILE[:3], "--log-level"))

_LEVELS = {
    **dict.fromkeys(("debug", "10", "0"), "debug"),
    **dict.fromkeys(("info", "20"), "info"),
    **dict.fromkeys(("warning", "warn", "30"), "warning"),
    **dict.fromkeys(("error", "critical", "40", "50"), "error"),
}


class Arguments:
    """A command line, sorted."""

    def __init__(self, words: Sequence[str]) -> None:
        """Sort the words that follow the program's name."""
        self._settings: list[str] = []
        self._file: str | None = None
        self._log_level: str | None = None
        self._capture = True
        self._connection: list[str] = []
        self._rest: list[str] = []
        if words and not words[0].startswith("-"):
            self._rest += words  # a verb, whose options have other meanings
            return
        for option, value, given in _options(words):
            self._sort(option, value, given)

    @property
    def settings(self) -> list[str]:
        """IPython's options with their values; for a frontend, all that is not ours."""
        return self._settings + (self._rest if self._file is not None else [])

    @property
    def ours(self) -> list[str]:
        """What is left for `kernelwire.main`."""
        words = [] if self._capture else ["--no-capture"]
        if self._log_level is not None:
            words += ["--log-level", self._log_level]
        if self._file is not None:
            return [*words, "-f", self._file]
        return [*words, *self._connection, *self._rest]

    def _sort(self, option: str, value: str | None, given: list[str]) -> None:
        owner = option.partition(".")[0]
        if option in _FILE and value:
            self._file = self._file or value
        elif option == "--log-level" and value is not None:
            self._log_level = _LEVELS.get(value.lower(), value)
        elif option in ("--debug", "--quiet"):
            self._log_level = "debug" if option == "--debug" else "error"
        elif option == "--no-capture":
            self._capture = False
        elif option == "--IPKernelApp.capture_fd_output":
            self._capture = str(value).lower() not in ("false", "0")
        elif option in _CONNECTION or owner in ("--Session", "--ConnectionFileMixin"):
            self._connection += given
        elif option in VALUED | OPTIONAL | FLAGS or owner != option:
            self._settings += given
        else:
            self._rest += given


def _options(words: Sequence[str]) -> Iterator[tuple[str, str | None, list[str]]]:
    """Yield each option with its value, and the words that it was made of."""
    index = 0
    while index < len(words):
        first = index
        index += 1
        option, equals, text = words[first].partition("=")
        value: str | None = text if equals else None
        if option == "--":
            yield option, None, list(words[first:])
            return
        if not equals and index < len(words):
            offered = not words[index].startswith("-")
            if option in _TAKES or (offered and _may_take(option)):
                value = words[index]
                index += 1
        yield option, value, list(words[first:index])


def _may_take(option: str) -> bool:
    return option in OPTIONAL or (option.startswith("--") and "." in option)
