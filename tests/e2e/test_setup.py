"""The set-up finds the right Python, says what is missing in words, and knows each system's package names."""

from __future__ import annotations

import importlib
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
Part = Callable[[str], ModuleType]


@pytest.fixture
def part(monkeypatch: pytest.MonkeyPatch) -> Iterator[Part]:
    """Imports a module of .ci by name, anew for each test."""
    monkeypatch.syspath_prepend(str(ROOT / ".ci"))
    yield importlib.import_module
    for path in (ROOT / ".ci").glob("*.py"):
        sys.modules.pop(path.stem, None)


def program(folder: Path, name: str, body: str) -> None:
    """Writes an executable shell script."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def test_the_newest_suited_python_is_taken_and_a_broken_shim_is_passed_over(
    part: Part, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHON", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    program(tmp_path, "python3.14", "echo 'pyenv: python3.14: command not found' >&2; exit 127")
    program(tmp_path, "python3.11", "echo 3 11")
    program(tmp_path, "python3.13", "echo 3 13")
    program(tmp_path, "python3", "echo 3 15")  # later than any wheel: the last choice
    program(tmp_path, "python", "echo 3 8")
    found = part("interpreters").usable()
    assert [version for version, _ in found] == [(3, 13), (3, 11), (3, 15)]


def test_a_python_that_is_named_comes_first(part: Part, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, "python3.13", "echo 3 13")
    program(tmp_path, "mine", "echo 3 12")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYTHON", str(tmp_path / "mine"))
    assert part("interpreters").usable()[0] == ((3, 12), str(tmp_path / "mine"))


def test_only_an_old_python_gives_a_sentence_that_names_what_is_needed(
    part: Part, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHON", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    program(tmp_path, "python3", "echo 3 8")
    with pytest.raises(part("terminal").Trouble, match=r"needs Python 3\.11 or later"):
        part("interpreters").usable()


def test_without_the_venv_module_virtualenv_makes_the_environment(
    part: Part, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Stands for Debian's python3 without python3-venv: `-m venv` fails, pip and what it installs work.
    program(
        tmp_path,
        "python3.12",
        f'case "$2" in\n'
        f'  venv) echo "ensurepip is not available"; exit 1;;\n'
        f'  pip) echo "$@" >{tmp_path}/pip-was-asked;;\n'
        f'  virtualenv) mkdir -p "$4/bin"; printf "#!/bin/sh\\n" >"$4/bin/python"; chmod +x "$4/bin/python";;\n'
        f"  *) echo 3 12;;\nesac",
    )
    monkeypatch.delenv("PYTHON", raising=False)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    part("interpreters").make_venv(tmp_path / "env")
    assert (tmp_path / "env/bin/python").exists()
    assert "--target" in (tmp_path / "pip-was-asked").read_text()


@pytest.mark.parametrize(
    ("manager", "command"),
    [
        ("apt-get", "apt-get install -y --no-install-recommends libegl1 libxcb-cursor0"),
        ("dnf", "dnf install -y libglvnd-egl xcb-util-cursor"),
        ("pacman", "pacman -S --needed --noconfirm libglvnd xcb-util-cursor"),
        ("zypper", "zypper --non-interactive install libEGL1 libxcb-cursor0"),
    ],
)
def test_each_package_manager_gets_its_own_names(
    part: Part, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, manager: str, command: str
) -> None:
    program(tmp_path, manager, "exit 0")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert part("system_libraries").command_for(["libEGL.so.1", "libxcb-cursor.so.0"]) == command


def test_the_renamed_glib_is_asked_for_by_the_name_that_the_system_knows(
    part: Part, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    program(tmp_path, "apt-get", "exit 0")
    program(tmp_path, "apt-cache", "exit 0")
    libraries = part("system_libraries")
    assert libraries.command_for(["libglib-2.0.so.0"]).endswith(" libglib2.0-0t64")
    program(tmp_path, "apt-cache", "exit 100")
    assert libraries.command_for(["libglib-2.0.so.0"]).endswith(" libglib2.0-0")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="ldd is Linux's")
def test_what_qt_does_not_find_is_read_from_the_loader(
    part: Part, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("PySide6")
    program(tmp_path, "ldd", "echo '\tlibEGL.so.1 => not found'; echo '\tlibc.so.6 => /lib/libc.so.6 (0x1)'; exit 0")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert part("system_libraries").missing_libraries(sys.executable, window=True) == ["libEGL.so.1"]


def test_a_stamp_is_for_one_lock_in_one_folder(part: Part, tmp_path: Path) -> None:
    (tmp_path / ".venv").mkdir()
    (tmp_path / "pyproject.toml").write_text("[project]")
    (tmp_path / "uv.lock").write_text("one")
    stamp = part("setup").Stamp(tmp_path)
    assert not stamp.is_fresh(dev=False)
    stamp.write(dev=False)
    assert stamp.is_fresh(dev=False)
    assert not stamp.is_fresh(dev=True)  # the tests need more
    stamp.write(dev=True)
    assert stamp.is_fresh(dev=False)
    (tmp_path / "uv.lock").write_text("two")
    assert not stamp.is_fresh(dev=False)
    assert not stamp.is_elsewhere()
    moved = tmp_path.with_name("moved")
    tmp_path.rename(moved)
    assert part("setup").Stamp(moved).is_elsewhere()


def test_a_display_counts_only_when_it_answers(part: Part, tmp_path: Path) -> None:
    has_display = part("sample").has_display
    assert not has_display({})
    assert not has_display({"DISPLAY": ":987"})
    assert not has_display({"DISPLAY": "nonsense"})
    wayland = {"WAYLAND_DISPLAY": "w", "XDG_RUNTIME_DIR": str(tmp_path)}
    assert not has_display(wayland)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "w"))
        server.listen()
        assert has_display(wayland)


def test_pip_settings_reach_uv(part: Part, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(
        tmp_path, "python", "echo \"global.index-url='https://mirror.example/simple'\"; echo \"global.cert='/c.pem'\""
    )
    for name in ("UV_DEFAULT_INDEX", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    environment = part("packages").uv_environment(str(tmp_path / "python"))
    assert environment["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"
    assert environment["SSL_CERT_FILE"] == "/c.pem"


def test_the_help_lists_the_two_commands() -> None:
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "make run" in listed
    assert "make test" in listed
