"""IPython's settings: profiles and their files, startup files, options, extensions.

The reading and running is IPython's own, by the classes from which its applications are
made. Here it never ends the kernel: what is wrong is said, and the rest counts. `engine`
imports this only where there are settings.
"""

# IPython's methods have no annotations.
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from IPython.core.application import BaseIPythonApplication, base_aliases, base_flags
from IPython.core.profiledir import ProfileDir
from IPython.core.shellapp import InteractiveShellApp, shell_aliases, shell_flags
from traitlets import Bool, TraitError, Unicode
from traitlets.config.configurable import Configurable
from traitlets.config.loader import Config, DeferredConfig, LazyConfigValue

from kernelwire.python.shell import KernelShell
from kernelwire.python.startup import Log, Startup

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from traitlets import TraitType


class Refused(Exception):
    """What would end one of IPython's applications; its log says why."""


class KernelApp(BaseIPythonApplication, InteractiveShellApp):
    """Reads the settings and runs what they ask for; see the end for its name."""

    name = "ipython-kernel"  # of the file ipython_kernel_config.py
    aliases = {  # noqa: RUF012 - traitlets' interface
        **{name: to for name, to in base_aliases.items() if name != "log-level"},
        **shell_aliases,
    }
    flags = {  # noqa: RUF012 - as above
        **base_flags,
        **shell_flags,
        **{
            f"no-{stream}": (
                {"IPKernelApp": {f"no_{stream}": True}},
                f"Do not repeat {stream} in the log.",
            )
            for stream in ("stdout", "stderr")
        },
    }
    classes = [KernelShell, ProfileDir]  # type: ignore[assignment]  # noqa: RUF012

    connection_file = Unicode(
        help="The file that the kernel is started with; a setting changes nothing."
    ).tag(config=True)
    no_stdout = Bool(
        False, help="Accepted for ipykernel's sake: stdout is the cell's alone."
    ).tag(config=True)
    no_stderr = Bool(
        False, help="Accepted for ipykernel's sake: stderr is the cell's alone."
    ).tag(config=True)

    def __init__(self, startup: Startup, **traits: Any) -> None:
        self._startup = startup
        self._mistakes: set[str] = set()
        super().__init__(**traits)
        self.log.addHandler(startup)

    def load(self, words: Sequence[str]) -> None:
        """Read the command line, and the files of the profile that it names.

        Args:
            words: IPython's options, and what else was given.
        """
        unknown = [word for word in words if word.startswith("-") and _plain(word)]
        for word in unknown:
            self.log.warning("there is no option %s", word)
        known = [word for word in words if word not in unknown]
        self._try(self.parse_command_line, known)
        self._try(self._find_profile)
        self._try(self.init_config_files)
        self._try(self.load_config_file)
        self._try(self.update_config, self.cli_config)  # which the files do not change

    def begin(self, shell: KernelShell) -> None:
        """Run what the settings ask for: extensions, startup files, lines, a module."""
        self.shell = shell
        shell.configurables.append(self)  # type: ignore[arg-type]
        for step in (self.init_gui_pylab, self.init_extensions, self.init_code):
            self._try(step)
        self.log.removeHandler(self._startup)
        self._name_unknown_classes()

    def update_config(self, config: Config) -> None:
        """Add to the configuration what is right, and say what is wrong."""
        super().update_config(self._without_mistakes(config))

    def exit(self, exit_status: int | str | None = 0) -> None:
        """Do not end the process.

        Raises:
            Refused: Always.
        """
        raise Refused(exit_status)

    def get_default_logging_config(self) -> dict[str, Any]:
        """Have the log go where the kernel's goes."""
        config = dict(super().get_default_logging_config())
        for handler in config.get("handlers", {}).values():
            handler["stream"] = Log()
        return config

    def _try(self, step: Any, *arguments: Any) -> None:
        """Take a step; if it fails, say so, and go on."""
        try:
            step(*arguments)
        except Refused:
            return  # and the log says why
        except (Exception, SystemExit, KeyboardInterrupt):
            self.log.exception("a part of the settings has failed")

    def _find_profile(self) -> None:
        try:
            self.init_profile_dir()
        except Refused:
            self.log.error("profile default is used instead")
            self.config.pop("ProfileDir", None)
            self.profile = "default"
            self._in_init_profile_dir = False
            self.init_profile_dir()

    def _without_mistakes(self, config: Config) -> Config:
        right = Config()
        for section, options in config.items():
            if not isinstance(options, Config):
                right[section] = options
                continue
            traits = _traits_of(section)
            for name, value in options.items():
                problem = _problem(traits.get(name), value)
                if problem is None:
                    right[section][name] = value
                else:
                    self._say_once(f"{section}.{name} is ignored: {problem}")
        return right

    def _say_once(self, mistake: str) -> None:
        """Say what is wrong; the command line is read before the files and after."""
        if mistake not in self._mistakes:
            self._mistakes.add(mistake)
            self.log.error("%s", mistake)

    def _name_unknown_classes(self) -> None:
        """Say which classes nobody has; those of a file may be meant for others."""
        known = {cls.__name__ for cls in _configurables()}
        for section in self.cli_config:
            if section not in known:
                self.log.warning("--%s has no effect: no such class", section)


def _plain(word: str) -> bool:
    """Whether an option is none of IPython's, which `arguments` has let through."""
    option = word.partition("=")[0].lstrip("-")
    known = {**KernelApp.aliases, **KernelApp.flags}
    return bool(option) and "." not in option and option not in known


def _configurables() -> Iterator[type[Configurable]]:
    waiting = [Configurable]
    seen = set()
    while waiting:
        cls = waiting.pop()
        if cls not in seen:
            seen.add(cls)
            yield cls
            waiting += cls.__subclasses__()


def _traits_of(section: str) -> dict[str, tuple[type[Configurable], Any]]:
    """Return the options of a class, of which there may be several with one name."""
    return {
        name: (cls, trait)
        for cls in _configurables()
        if cls.__name__ == section
        for name, trait in cls.class_traits(config=True).items()
    }


def _problem(
    option: tuple[type[Configurable], TraitType[Any, Any]] | None, value: object
) -> str | None:
    """Return what is wrong with a value, as far as its option alone can tell."""
    if option is None or isinstance(value, LazyConfigValue | Config):
        return None
    cls, trait = option
    try:
        if isinstance(value, DeferredConfig):
            value = value.get_value(trait)
        owner = cls.__new__(cls)
        owner._cross_validation_lock = True  # its own checks want it to be complete
        trait._validate(owner, value)
    except (TraitError, ValueError) as exc:
        return str(exc)
    return None


# Settings are told apart by the names of classes, and these are ipykernel's.
KernelApp.__name__ = KernelApp.__qualname__ = "IPKernelApp"
