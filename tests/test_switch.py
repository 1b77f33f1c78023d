"""The switch of a process: upstream's Session gives ours, and is given back.

Each test is a fresh process, in which warnings are errors; what it prints is compared.
"""

from __future__ import annotations

import os
import subprocess
import sys
from textwrap import dedent

import pytest

PATIENCE = 60.0  # seconds
OURS = "kernelwire.session.Session"
THEIRS = "jupyter_client.session.Session"

BEGINNING = """\
import sys
import kernelwire

def kind(made):
    return f"{type(made).__module__}.{type(made).__qualname__}"
"""


def printed(code: str) -> list[str]:
    """The lines that a new process prints, in an environment that switches nothing."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", BEGINNING + dedent(code)],
        env={**os.environ, "KERNELWIRE_SESSION": "off"},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    "lines",
    [
        "kernelwire.enable(); from jupyter_client.session import Session",
        "from jupyter_client.session import Session; kernelwire.enable()",
        "import jupyter_client; kernelwire.enable(); from jupyter_client.session import *",
        "import zmq; kernelwire.enable(); from jupyter_client.session import Session",
    ],
    ids=["before", "after", "in a package", "with zmq"],
)
def test_a_session_is_ours_whenever_the_name_was_imported(lines: str) -> None:
    assert printed(
        f"""
        {lines}
        print(kind(Session()), kernelwire.enabled())
        """
    ) == [f"{OURS} True"]


def test_enabling_imports_nothing_that_is_not_needed_yet() -> None:
    assert printed(
        """
        kernelwire.enable()
        heavy = ("jupyter_client", "zmq", "orjson", "traitlets", "kernelwire.session")
        print([name for name in heavy if name in sys.modules])
        print(kernelwire.enabled())
        """
    ) == ["[]", "True"]


def test_ours_is_loaded_when_the_first_session_is_made() -> None:
    assert printed(
        """
        kernelwire.enable()
        from jupyter_client.session import Session
        print("kernelwire.session" in sys.modules)
        Session()
        print("kernelwire.session" in sys.modules)
        """
    ) == ["False", "True"]


def test_what_a_session_is_made_with_reaches_ours() -> None:
    assert printed(
        """
        from jupyter_client.session import Session
        from traitlets.config import Config

        kernelwire.enable()
        config = Config({"Session": {"username": "ada"}})
        made = Session(config=config, key=b"secret", packer="json")
        print(kind(made), made.username, made.key, made.packer)
        """
    ) == [f"{OURS} ada b'secret' json"]


def test_what_jupyter_client_makes_for_itself_is_ours() -> None:
    assert (
        printed(
            """
        from jupyter_client.blocking.client import BlockingKernelClient
        from jupyter_client.manager import KernelManager
        from jupyter_client.session import SessionFactory

        kernelwire.enable()
        for made in (KernelManager(), BlockingKernelClient(), SessionFactory()):
            print(kind(made.session))
        """
        )
        == [OURS] * 3
    )


@pytest.mark.parametrize("trait", ["Session", "'jupyter_client.session.Session'"])
def test_a_trait_for_upstreams_class_takes_ours(trait: str) -> None:
    assert printed(
        f"""
        from jupyter_client.session import Session
        from traitlets import HasTraits, Instance

        class Holder(HasTraits):
            given = Instance({trait})
            made = Instance({trait}, ())

        kernelwire.enable()
        holder = Holder(given=kernelwire.Session())
        print(kind(holder.given), kind(holder.made))
        """
    ) == [f"{OURS} {OURS}"]


def test_a_third_partys_subclass_stays_its_own_and_talks_to_ours() -> None:
    assert printed(
        """
        from jupyter_client.session import Session

        class Third(Session):
            def __init__(self, **traits):
                super().__init__(**traits)
                self.third = True

        kernelwire.enable()
        third, ours = Third(key=b"key"), Session(key=b"key")
        frames = ours.serialize(ours.msg("status", {"execution_state": "idle"}), b"id")
        identities, rest = third.feed_identities(frames)
        print(kind(third), third.third, type(third).__mro__[1] is Session)
        print(identities, third.deserialize(rest)["content"])
        """
    ) == ["__main__.Third True True", "[b'id'] {'execution_state': 'idle'}"]


def test_one_disable_undoes_any_number_of_enables_exactly() -> None:
    assert printed(
        """
        import jupyter_client.session
        from jupyter_client.session import Session

        names, finders = dict(vars(Session)), list(sys.meta_path)
        kernelwire.enable()
        kernelwire.enable()
        ours = Session(key=b"key")
        kernelwire.disable()
        print(dict(vars(Session)) == names, sys.meta_path == finders)
        print(kind(Session()), kernelwire.enabled())
        kernelwire.disable()
        print(kind(ours), kind(ours.clone()))
        """
    ) == ["True True", f"{THEIRS} False", f"{OURS} {OURS}"]


def test_a_switch_that_still_waits_is_undone_exactly() -> None:
    assert printed(
        """
        finders = list(sys.meta_path)
        kernelwire.enable()
        kernelwire.disable()
        print(sys.meta_path == finders, kernelwire.enabled())
        from jupyter_client.session import Session
        print(kind(Session()), "__new__" in vars(Session))
        """
    ) == ["True False", f"{THEIRS} False"]


def test_sessions_made_earlier_stay_as_they_were() -> None:
    assert printed(
        """
        from jupyter_client.session import Session
        early = Session()
        kernelwire.enable()
        print(kind(early), kind(Session()))
        """
    ) == [f"{THEIRS} {OURS}"]


def test_it_can_be_switched_to_and_fro() -> None:
    assert (
        printed(
            """
        from jupyter_client.session import Session
        for switch in (kernelwire.enable, kernelwire.disable) * 2:
            switch()
            print(kind(Session()) == "kernelwire.session.Session")
        """
        )
        == ["True", "False"] * 2
    )


def test_somebodys_own_new_is_called_and_put_back() -> None:
    assert printed(
        """
        from jupyter_client.session import Session

        def new(cls, *args, **kwargs):
            print("theirs", cls.__name__)
            return super(Session, cls).__new__(cls, *args, **kwargs)

        class Third(Session):
            pass

        Session.__new__ = new
        kernelwire.enable()
        print(kind(Third()), kind(Session()))
        kernelwire.disable()
        print(vars(Session)["__new__"] is new)
        """
    ) == [
        "theirs Third",
        "theirs Session",  # ours, a subclass as any other
        f"__main__.Third {OURS}",
        "True",
    ]


def test_a_new_that_was_put_over_ours_stays_and_ours_below_it_rests() -> None:
    assert printed(
        """
        from jupyter_client.session import Session

        kernelwire.enable()
        below = Session.__new__
        Session.__new__ = lambda cls, *args, **kwargs: below(cls, *args, **kwargs)
        above = vars(Session)["__new__"]
        print(kind(Session()))
        kernelwire.disable()
        print(kind(Session()), vars(Session)["__new__"] is above)
        """
    ) == [OURS, f"{THEIRS} True"]


def test_upstreams_module_keeps_its_own_loader() -> None:
    """inspect, importlib.resources and pickle look at it."""
    assert printed(
        """
        import inspect
        kernelwire.enable()
        import jupyter_client.session as module
        print(type(module.__loader__).__name__)
        print(module.__loader__ is module.__spec__.loader)
        print("class Session" in inspect.getsource(module.Session))
        """
    ) == ["SourceFileLoader", "True", "True"]


def test_two_finders_that_ask_all_others_do_not_ask_each_other_for_ever() -> None:
    assert printed(
        """
        class Other:
            def find_spec(name, path=None, target=None):
                if name == "jupyter_client.session":
                    others = (each for each in sys.meta_path if each is not Other)
                    specs = (each.find_spec(name, path, target) for each in others)
                    return next(filter(None, specs), None)

        sys.meta_path.insert(0, Other)
        kernelwire.enable()
        sys.meta_path.insert(0, sys.meta_path.pop(1))
        from jupyter_client.session import Session
        print(kind(Session()))
        """
    ) == [OURS]


def test_a_session_that_cannot_be_loaded_is_an_error_and_changes_nothing() -> None:
    assert printed(
        """
        from jupyter_client.session import Session

        sys.modules["kernelwire.session"] = None  # an import of it fails
        names, finders = dict(vars(Session)), list(sys.meta_path)
        try:
            kernelwire.enable()
        except ImportError as exc:
            print(exc.name)
        print(dict(vars(Session)) == names, sys.meta_path == finders)
        print(kind(Session()), kernelwire.enabled())
        """
    ) == ["kernelwire.session", "True True", f"{THEIRS} False"]


def test_enabled_early_it_fails_where_the_first_session_is_made() -> None:
    assert printed(
        """
        kernelwire.enable()
        sys.modules["kernelwire.session"] = None
        from jupyter_client.session import Session
        try:
            Session()
        except ImportError as exc:
            print(exc.name)
        """
    ) == ["kernelwire.session"]


def test_a_second_copy_of_upstreams_module_works_as_it_is() -> None:
    """Ours derives from the first, and so cannot stand in for a class of the second."""
    assert printed(
        """
        import importlib
        import jupyter_client.session as module

        kernelwire.enable()
        first = module.Session
        importlib.reload(module)
        print(module.Session is first, isinstance(module.Session(), module.Session))
        print("__new__" in vars(first))
        """
    ) == ["False True", "False"]


def test_threads_may_switch_and_make_sessions_at_once() -> None:
    assert printed(
        """
        from concurrent.futures import ThreadPoolExecutor
        from threading import Barrier

        import jupyter_client.session
        from jupyter_client.session import Session

        names, finders = dict(vars(Session)), list(sys.meta_path)
        start = Barrier(6)

        def work(number):
            start.wait(30)
            for _ in range(50):
                (kernelwire.enable, kernelwire.disable, kernelwire.enabled)[number % 3]()
                made = Session(key=b"key")
                assert made.unpack(made.serialize(made.msg("status"))[-1]) == {}

        with ThreadPoolExecutor(6) as threads:
            list(threads.map(work, range(6)))
        kernelwire.disable()
        print(dict(vars(Session)) == names, sys.meta_path == finders)
        """
    ) == ["True True"]


def test_threads_may_enable_while_another_imports_jupyter_client() -> None:
    assert printed(
        """
        from concurrent.futures import ThreadPoolExecutor
        from importlib import import_module
        from threading import Barrier

        start = Barrier(4)

        def work(number):
            start.wait(30)
            if number:
                kernelwire.enable()
            return import_module("jupyter_client.session").Session

        with ThreadPoolExecutor(4) as threads:
            (Session,) = set(threads.map(work, range(4)))
        print(kind(Session()))
        """
    ) == [OURS]
