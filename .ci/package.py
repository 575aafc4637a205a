"""`make package`: builds a wheel and a folder that needs no Python into dist/, and starts both to see them work."""

from __future__ import annotations

import compileall
import os
import shutil
import subprocess
import sys
from pathlib import Path

from packages import uv_environment

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"
BUNDLE = DIST / "baton"
OURS = ("engine", "gui", "assets")


def build_wheel() -> None:
    """Puts the wheel into dist/."""
    for old in DIST.glob("baton_studio-*.whl"):
        old.unlink()
    command = [sys.executable, "-m", "uv", "build", "--wheel", "--out-dir", str(DIST)]
    subprocess.run(command, cwd=ROOT, check=True, env=uv_environment(sys.executable))


def build_bundle() -> None:
    """Puts the folder into dist/, with our sources compiled: else each start would compile them anew."""
    shutil.rmtree(BUNDLE, ignore_errors=True)
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN", "--distpath", str(DIST)]
    subprocess.run([*command, "--workpath", str(ROOT / "build"), ".ci/bundle.spec"], cwd=ROOT, check=True)
    inside = BUNDLE / "_internal"
    for name in OURS:
        compileall.compile_dir(inside / name, quiet=1, stripdir=str(inside), workers=0)


def main() -> int:
    """Builds both and tests them; returns the exit code. With `--build` it only builds."""
    print("Building the wheel, then the folder: some minutes.", flush=True)
    build_wheel()
    build_bundle()
    print(f"{DIST} has a wheel, and a folder with {BUNDLE / 'baton'}", flush=True)
    if "--build" in sys.argv[1:]:
        return 0
    environment = dict(os.environ, BATON_BUNDLE=str(BUNDLE), QT_QPA_PLATFORM="offscreen")
    tests = [sys.executable, "-m", "pytest", "tests/e2e/test_packages.py"]
    return subprocess.run(tests, cwd=ROOT, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
