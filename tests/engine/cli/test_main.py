"""The entrance: which command is meant, and how every error ends in a sentence and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import TextIO

import pytest

from engine.base.errors import NotTrusted, WrongUse
from engine.cli import studio
from engine.cli.main import COMMANDS, main, told
from tests.said import Said


def test_help_names_every_command_and_each_has_its_own(baton: Callable[..., Said]) -> None:
    said = baton("--help")
    assert said.code == 0
    for name, summary in COMMANDS.items():
        assert f"{name} " in said.out and summary in said.out
        import_module(f"engine.cli.{name}")
        own = baton(name, "--help")
        assert own.code == 0 and "Usage: baton " + name in own.out


@pytest.mark.parametrize(
    ("args", "hint"),
    [(["rnu"], "Did you mean baton run?"), (["--jsn"], "baton --help"), (["nowhere.baton.json"], "There is no file"),
     (["run"], "FILE is missing"), (["run", "x.json", "--jsn"], "No such option"), (["export", "x.json"], "--to"),
     (["version", "more"], "unexpected"), (["run", "nowhere.json"], "There is no file")],
)  # fmt: skip
def test_wrong_use_is_2_with_a_hint_on_stderr(baton: Callable[..., Said], args: list[str], hint: str) -> None:
    said = baton(*args)
    assert (said.code, said.out) == (2, "")
    assert hint in said.err


def test_errors_have_their_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(NotTrusted("It would start a program.", "Add --trust.")) == 4
    assert told(WrongUse("No.")) == 2
    assert capsys.readouterr().err == "error: It would start a program. Add --trust.\nerror: No.\n"


@pytest.mark.parametrize("errors", ["strict", "surrogateescape"])  # the second is Python's where the locale is POSIX
def test_a_channel_that_knows_few_letters_shows_a_mark(errors: str, monkeypatch: pytest.MonkeyPatch) -> None:
    written = BytesIO()
    monkeypatch.setattr(sys, "stdout", TextIOWrapper(written, encoding="ascii", errors=errors))
    assert main(["--help"]) == 0
    sys.stdout.write("● b\n")
    sys.stdout.flush()
    assert written.getvalue().endswith(b"? b\n")


def test_a_reader_who_leaves_is_no_failure(
    baton: Callable[..., Said], unread: TextIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", unread)
        assert baton("schema").code == 0


def test_a_bug_goes_to_a_file_and_not_to_the_terminal(
    baton: Callable[..., Said], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_API_KEY", "a-key-nobody-may-see")

    def broken(_args: list[str]) -> int:
        raise RuntimeError("a-key-nobody-may-see is wrong")

    monkeypatch.setattr("engine.cli.main._dispatched", broken)
    said = baton("run")
    (log,) = (home / "logs").iterdir()
    assert said.code == 1 and str(log) in said.err
    assert "RuntimeError: *** is wrong" in log.read_text("utf-8")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only here can a display be missing")
def test_without_a_display_the_studio_points_to_the_terminal(
    baton: Callable[..., Said], echo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    said = baton(echo)
    assert said.code == 2 and f"baton run {echo}" in said.err


@pytest.mark.parametrize(
    ("error", "hint"),
    [(ModuleNotFoundError("No module named 'PySide6'", name="PySide6"), f' {sys.executable} '),
     (ImportError("libEGL.so.1: cannot open shared object file"), "baton doctor")],
)  # fmt: skip
def test_without_qt_the_studio_says_how_to_get_it(
    error: ImportError, hint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Point:
        def load(self) -> None:
            raise error

    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setattr(studio, "entry_points", lambda group: [Point()])
    with pytest.raises(WrongUse) as refused:
        studio.open_studio([], COMMANDS)
    assert hint in refused.value.hint


def test_the_studio_gets_the_file(echo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[list[str]] = []

    class Point:
        def load(self) -> Callable[[list[str]], int]:
            return lambda args: opened.append(args) or 0

    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setattr(studio, "entry_points", lambda group: [Point()])
    assert studio.open_studio([str(echo)], COMMANDS) == 0
    assert studio.open_studio([], COMMANDS) == 0
    assert opened == [[str(echo)], []]


@pytest.mark.parametrize(
    "args",
    [["run"], ["run", "--bogus", "g"], ["run", "g", "h"], ["run", "g", "--budget", "much"], ["export", "g"], ["runs"],
     ["runs", "shw"], ["check", "--json"]],
)  # fmt: skip
def test_wrong_use_is_one_sentence_that_points_to_the_help(baton: Callable[..., Said], args: list[str]) -> None:
    said = baton(*args)
    assert (said.code, said.out) == (2, "")
    assert said.err.count("\n") == 1 and said.err.startswith("error: ") and f"baton {args[0]} --help" in said.err


@pytest.mark.parametrize("text", ["[]", '{"tiers": 5}', "{bad", "\udcff", "[" * 100_000], ids=lambda text: text[:12])
def test_wrong_settings_are_named(baton: Callable[..., Said], home: Path, echo: Path, text: str) -> None:
    (home / "settings.json").write_text(text, "utf-8", "surrogateescape")
    said = baton("check", echo)
    assert said.code == 2 and str(home) in said.err and said.err.count("\n") == 1
    assert "validation error" not in said.err and ("tiers: " in said.err) == ("tiers" in text)


@pytest.mark.parametrize("name", ["x" * 300, "a/" * 3000], ids=["name", "path"])
@pytest.mark.parametrize(
    "args",
    [["check"], ["export", "--to", "json"], ["open", "--look"], ["import", "-o"], ["export", "-o"], ["run", "--events"],
     ["versions", "list"], ["merge"]],
    ids=" ".join,
)  # fmt: skip
def test_a_name_that_no_file_can_have_is_wrong_use(
    baton: Callable[..., Said], echo: Path, args: list[str], name: str
) -> None:
    more = {"import": [echo], "run": [echo], "merge": [echo, echo]}.get(args[0], [])
    before = [echo, "--to", "json"] if args == ["export", "-o"] else more
    said = baton(args[0], *before, *args[1:], name)
    assert said.code in (1, 2) and "too long" in said.err + said.out and "bug" not in said.err


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no device that never ends")
def test_what_never_ends_is_refused(baton: Callable[..., Said], echo: Path) -> None:
    assert "larger than the 64 MB" in baton("run", echo, "--inputs", "/dev/zero").err
    assert "larger than the 64 MB" in baton("tools", "import", "/dev/zero").err


def test_versions_of_no_file_say_so(baton: Callable[..., Said], tmp_path: Path) -> None:
    for name in (tmp_path, tmp_path / "nothing.baton.json", "/"):
        assert baton("versions", "list", name).code == 2
