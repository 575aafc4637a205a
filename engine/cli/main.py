"""The command `baton`: finds the command that is meant, and turns every error into a sentence and an exit code."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from io import TextIOWrapper
from typing import Final

from engine.base.errors import BatonError, FileProblem, NotTrusted, WrongUse
from engine.base.signals import CANCELLED, Interrupt, leaving

COMMANDS: Final[Mapping[str, str]] = {
    "run": "Run a graph, with live progress.",
    "batch": "Run a graph once for each row of a table.",
    "check": "Say what is wrong with a graph before it runs.",
    "estimate": "Forecast tokens, money and time of a run, as ranges.",
    "export": "Write a graph or a run in another format.",
    "open": "Open a file, a folder, a picture or an https address.",
    "desktop": "Put Baton into this desktop's menu, and its files with it.",
    "import": "Make a graph of a file of another tool, a picture or a bundle.",
    "diff": "Say what differs between two graphs; git can use it.",
    "merge": "Join two people's edits of one graph; git can use it.",
    "versions": "Keep, list, compare and bring back named versions of a graph.",
    "serve": "Serve a graph as a tool (MCP) or as an agent (A2A).",
    "test": "Run a graph with recorded answers, and say what differs.",
    "runs": "List, show, compare or delete the stored runs.",
    "models": "Say which providers, keys and local servers there are.",
    "tools": "List, show, accept or import the tools that agents may use.",
    "kinds": "List the kinds of nodes with their ports and settings.",
    "schema": "Print the JSON Schema of the graph file.",
    "doctor": "Say what is missing on this computer.",
    "version": "Print the version.",
}
"""Each command, one file of this folder, with what it does."""

_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG})
"""What writing to stdout fails with when it goes to a disk that takes no more."""

_NO_FILE: Final = frozenset({errno.ENAMETOOLONG, errno.ELOOP})
"""What even looking for a file fails with when its name can be none."""

HELP: Final = """\
Usage: baton [FILE]
       baton COMMAND [OPTIONS] [ARGS]...

  Baton runs graphs of AI agents. Without a command it opens the studio, with FILE if one is given.

Commands:
{commands}

  baton COMMAND --help says more about one of them.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line.

    Args:
        argv: what stands behind `baton`; by default what the process was given, which then ends with this.

    Returns:
        The exit code (formats.md): 0 good, 1 failed, 2 wrong use or an invalid graph, 3 paused, 4 not trusted,
        130 cancelled.
    """
    _open_channels()
    if argv is None:
        sys.unraisablehook = _not_lost
    args = list(sys.argv[1:] if argv is None else argv)
    interrupt = Interrupt()
    try:
        interrupt.hear()
        code = _dispatched(args)
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 0 if ended.code is None else 2
        if isinstance(ended.__context__, BrokenPipeError):  # which typer makes an exit code of
            code = 0
    except KeyboardInterrupt:
        code = CANCELLED
    except BrokenPipeError:
        code = 0
    except BatonError as error:
        code = told(error)
    except OSError as error:
        code = _failed_call(error)
    except Exception as error:
        code = CANCELLED if interrupt.came else _last_resort(error)  # some libraries make errors of their own of it
    if argv is not None:
        return _flushed(code)
    try:
        with leaving(code):
            return _flushed(code)
    except KeyboardInterrupt:  # one more, in the moment between
        os._exit(CANCELLED)


def told(error: BatonError) -> int:
    """Says an error on stderr: what happened and what to do. Returns its exit code."""
    from engine.cli.console import complain

    complain(error.message, error.hint)
    if isinstance(error, NotTrusted):
        return 4
    return 2 if isinstance(error, WrongUse | FileProblem) else 1


def _dispatched(args: list[str]) -> int:
    first = args[0] if args else ""
    if first in ("--help", "-h", "help"):
        if first == "help" and len(args) > 1 and args[1] in COMMANDS:
            return _command(args[1], ["--help"])
        width = max(map(len, COMMANDS))
        lines = (f"  {name:<{width}}  {summary}" for name, summary in COMMANDS.items())
        sys.stdout.write(HELP.format(commands="\n".join(lines)))
        return 0
    if first in ("--version", "-V"):
        return _command("version", [])
    if first in COMMANDS:
        return _command(first, args[1:])
    from engine.cli.studio import open_studio

    return open_studio(args, COMMANDS)


def _command(name: str, args: list[str]) -> int:
    app = import_module(f"engine.cli.{name}").app
    from typer import TyperException

    args = ["--allow-writes=*" if arg == "--allow-writes" else arg for arg in args]  # typer has no optional values
    try:
        code = app(args, prog_name=f"baton {name}", standalone_mode=False)
    except TyperException as error:
        said = error.format_message().rstrip(".")
        raise WrongUse(f"{said}.", f"See baton {name} --help.") from None
    return code if isinstance(code, int) else 0


def _not_lost(unraisable: sys.UnraisableHookArgs) -> None:
    """A signal that came where Python drops exceptions, as in the imports before a run, ends the command too."""
    if unraisable.exc_type is KeyboardInterrupt:
        os._exit(CANCELLED)
    sys.__unraisablehook__(unraisable)


def _failed_call(error: OSError) -> int:
    """Says what the system refused: a full disk, or a name that can be no file."""
    if error.errno in _NO_ROOM:
        return told(lost_output(error))
    if error.errno in _NO_FILE and error.filename:
        name = os.fsdecode(error.filename)
        return told(WrongUse(f"{name[:200]} cannot be used: {error.strerror}.", "Name another file."))
    return _last_resort(error)


def lost_output(error: OSError) -> BatonError:
    """What to say when stdout takes no more, as on a full disk."""
    return BatonError(f"The output cannot be written: {error.strerror}.", "Make room, or send it somewhere else.")


def _flushed(code: int) -> int:
    """Writes out what is left for stdout. Leaves quietly when whoever read it has gone, and says when it is lost."""
    try:
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python complains when it ends
        if not isinstance(error, BrokenPipeError) and code == 0:
            return told(lost_output(error))
    return code


def _open_channels() -> None:
    """Opens stdin, stdout and stderr on nothing where the caller closed them, so that no file takes their place; and
    lets a channel that knows few letters show another one as ?, since no run may fail for that."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            nothing = os.open(os.devnull, os.O_RDWR)
            if nothing != number:
                os.dup2(nothing, number)
                os.close(nothing)
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))
    for channel in (sys.stdout, sys.stderr):
        if isinstance(channel, TextIOWrapper) and channel.errors in ("strict", "surrogateescape"):
            channel.reconfigure(errors="replace")


def _last_resort(error: Exception) -> int:
    """Keeps a bug from showing as a traceback: it goes to a file, and the file is named."""
    from engine.cli.console import complain
    from engine.cli.crash import kept

    place = kept(error)
    where = f"The details are in {place}." if place else "The details could not be written anywhere."
    complain(f"Baton hit a bug of its own ({type(error).__name__}).", f"{where} Please report it with that file.")
    return 1
