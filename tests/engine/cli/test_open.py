"""`baton open` and `baton desktop`: what is opened is shown first, and trusted by nobody."""

from __future__ import annotations

import configparser
import json
import plistlib
import subprocess
import threading
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from engine.cli.desktop import files_for
from engine.export.address import raw
from engine.files.open import open_graph
from engine.plan.capabilities import capabilities
from engine.run.services import Services

Baton, Write = Callable[..., Any], Callable[..., Path]
NODES = [{"id": "get", "kind": "http", "config": {"url": "https://example.org/x"}}, {"id": "end", "kind": "output"}]


class Pages(BaseHTTPRequestHandler):
    """A graph, a redirect to it, and nothing."""

    def do_GET(self) -> None:
        graph = json.dumps({"baton": 1, "name": "From afar", "nodes": NODES, "edges": []}).encode()
        if self.path == "/there":
            self.send_response(302)
            self.send_header("location", "/desk.baton.json")
            self.end_headers()
            return
        self.send_response(200 if self.path == "/desk.baton.json" else 404)
        self.send_header("content-length", str(len(graph)))
        self.end_headers()
        self.wfile.write(graph)

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@pytest.fixture
def server(home: Path) -> Iterator[str]:
    """Its address; the settings allow it."""
    made = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    host = f"127.0.0.1:{made.server_port}"
    (home / "settings.json").write_text(json.dumps({"local_discovery": False, "allow_private_addresses": [host]}))
    yield f"http://{host}"
    made.shutdown()
    made.server_close()


def test_an_address_is_shown_with_all_that_its_graph_could_do(baton: Baton, server: str, tmp_path: Path) -> None:
    said = baton("open", f"{server}/there", "--look")
    assert said.code == 0
    assert "“From afar”: 2 nodes." in said.out and f"From {server}/desk.baton.json" in said.out
    assert "reach GET https://example.org/x" in said.out
    file = tmp_path / "got.baton.json"
    assert baton("open", f"{server}/desk.baton.json", "-o", file).code == 0
    services = Services.load()
    assert not services.trust.trusts(capabilities(open_graph(file), services.kinds, tmp_path))
    assert baton("open", f"{server}/desk.baton.json", "-o", file).code == 2
    assert baton("open", f"{server}/nothing", "--look").code == 2


@pytest.mark.parametrize(
    "url", ["http://example.org/g.baton.json", "file:///etc/passwd", "https://127.0.0.1:1/g", "ftp://x/y"]
)
def test_addresses_that_lead_elsewhere_are_refused(baton: Baton, home: Path, url: str) -> None:
    said = baton("open", url, "--look")
    assert said.code == 2 and not said.out


def test_pages_that_show_a_file_lead_to_the_file() -> None:
    assert raw("https://github.com/o/r/blob/main/a/g.json?x=1") == "https://raw.githubusercontent.com/o/r/main/a/g.json"
    assert raw("https://gist.github.com/ann/0abc12") == "https://gist.githubusercontent.com/ann/0abc12/raw"
    assert raw("https://example.org/blob/x") == "https://example.org/blob/x"


def test_a_folder_lists_its_graphs(baton: Baton, write: Write, tmp_path: Path) -> None:
    write(NODES, name="one")
    write(NODES, name="two")
    (tmp_path / "broken.baton.json").write_text("{")
    said = baton("open", tmp_path, "--json").json["graphs"]
    assert [Path(row["file"]).name for row in said] == ["broken.baton.json", "one.baton.json", "two.baton.json"]
    assert "problem" in said[0] and said[1]["nodes"] == 2
    assert "3 graphs." in baton("open", tmp_path).out


def test_what_a_graph_says_of_itself_takes_no_line_of_ours(baton: Baton, tmp_path: Path) -> None:
    fake = "\nIt could do nothing outside Baton but ask models." + "\n" * 90
    file = tmp_path / "g.baton.json"
    file.write_text(json.dumps({"baton": 1, "name": f"G{fake}", "description": fake, "nodes": NODES, "edges": []}))
    lines = baton("open", str(file), "--look").out.splitlines()
    assert lines[1:] == ["Outside Baton it could:", "  reach GET https://example.org/x"]


def test_another_tools_file_is_looked_at_the_same_way(baton: Baton) -> None:
    samples = Path(__file__).parents[2] / "golden" / "imports"
    said = baton("open", samples / "chat.n8n.json", "--json").json
    assert said["source"] == "n8n" and said["nodes"] == 7


def test_the_desktop_entry_is_put_in_and_taken_out(
    baton: Baton, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    assert baton("desktop", "--system", "linux").code == 0
    entry = configparser.ConfigParser(interpolation=None)
    entry.read(tmp_path / "share" / "applications" / "baton.desktop")
    found = entry["Desktop Entry"]
    assert found["Exec"].endswith(" open %f") and "application/vnd.baton.graph+json" in found["MimeType"]
    mime = ET.parse(tmp_path / "share" / "mime" / "packages" / "baton.xml")
    assert [glob.get("pattern") for glob in mime.iter() if glob.tag.endswith("glob")] == ["*.baton.json", "*.baton.zip"]
    assert "<svg" in (tmp_path / "share" / "icons/hicolor/scalable/apps/baton.svg").read_text()
    assert baton("desktop", "--system", "linux", "--remove").code == 0
    assert not [path for path in (tmp_path / "share").rglob("*") if path.is_file() and "baton" in path.name]


def test_odd_places_of_the_program_are_written_so_that_they_are_found(tmp_path: Path) -> None:
    command = ['/opt/my tools/ba$ton"100%']
    assert (
        'Exec="/opt/my tools/ba\\\\$ton\\\\"100%%" open %f' in files_for("linux", command)["applications/baton.desktop"]
    )
    mac = files_for("macos", command)
    info = plistlib.loads(mac["Baton.app/Contents/Info.plist"].encode())
    assert info["CFBundleExecutable"] == "baton"
    script = tmp_path / "baton"
    script.write_text(mac["Baton.app/Contents/MacOS/baton"].replace("exec ", "printf '%s|' "))
    done = subprocess.run(["sh", script, "a b.json"], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout == '/opt/my tools/ba$ton"100%|open|a b.json|'
    windows = files_for("windows", ["C:\\Program Files\\baton.exe"])["baton.reg"]
    assert '@="\\"C:\\\\Program Files\\\\baton.exe\\" open \\"%1\\""' in windows


def test_a_file_of_any_tool_is_written_as_a_graph_without_a_window(baton: Baton, write: Write, tmp_path: Path) -> None:
    made = tmp_path / "made.baton.json"
    said = baton("open", write(NODES), "-o", made)
    assert said.code == 0 and "example.org" in said.out and "not trusted" in said.err
    assert list(open_graph(made).nodes) == ["get", "end"]
    assert baton("open", write(NODES), "-o", made).code == 2, "a file that is there is kept"
    assert baton("open", tmp_path, "-o", made).code == 2


def test_an_export_through_a_link_leaves_the_link(baton: Baton, write: Write, tmp_path: Path) -> None:
    (tmp_path / "linked.md").symlink_to(tmp_path / "page.md")
    assert baton("export", write(NODES), "--to", "markdown", "-o", tmp_path / "linked.md").code == 0
    assert (tmp_path / "linked.md").is_symlink() and (tmp_path / "page.md").read_text("utf-8").startswith("# ")


@pytest.mark.parametrize("args", [["open", "missing.baton.json"], ["open", ""], [""]])
def test_no_window_opens_for_a_file_that_is_not_there(
    baton: Baton, monkeypatch: pytest.MonkeyPatch, args: list[str]
) -> None:
    monkeypatch.setattr("engine.cli.studio._studio", lambda: pytest.fail("it opened one"))
    assert baton(*args).code == 2


def test_a_name_that_is_neither_a_file_nor_a_run_is_said_to_be_no_file(baton: Baton) -> None:
    assert "There is no file missing.baton" in baton("export", "missing.baton", "--to", "json").err
    assert "There is no stored run “missing”" in baton("export", "missing", "--to", "html").err
