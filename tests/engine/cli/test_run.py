"""`baton run`: values, settings and tiers as given, one JSON object, lines of events, exit codes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any, TextIO

import pytest

from engine.cli.live import LiveTree
from engine.cli.report import event_line
from engine.files.open import open_graph
from engine.run.events import VERSION, Event, event_from_json
from engine.run.view import View
from tests.said import Said

Baton = Callable[..., Said]
Write = Callable[..., Path]
AGENT = [
    {"id": "i", "kind": "input", "config": {"default": "The heron stands still. The tide comes in."}},
    {"id": "a", "kind": "agent", "title": "Writer", "config": {"model": "best", "prompt": "Summarise: {{ i }}"}},
    {"id": "o", "kind": "output"},
]
WIRES = ["i.value > a.i", "a.text > o.value"]


@pytest.mark.parametrize(
    ("pair", "value"),
    [
        ("text=a=b", "a=b"),
        ("text=12", "12"),
        ("text=", ""),
        ("number=2.5", 2.5),
        ("number=-3", -3),
        ("boolean=yes", True),
        ("boolean=False", False),
        ('json={"a": [1, null]}', {"a": [1, None]}),
        ("json=null", None),
        ('list=["x", 1]', ["x", 1]),
    ],
)
def test_values_are_read_as_the_input_s_type(baton: Baton, echo: Path, pair: str, value: Any) -> None:
    said = baton("run", echo, "--json", "-i", pair)
    assert said.code == 0
    assert said.json["outputs"][pair.partition("=")[0]] == value


@pytest.mark.parametrize(
    "args",
    [["-i", "number=many"], ["-i", "boolean=perhaps"], ["-i", "list=3"], ["-i", "json={"], ["-i", "txt=a"],
     ["-i", "text"], ["-i", "number=NaN"], ["--inputs", "gone.json"], ["--tier", "chap=rehearsal"],
     ["--tier", "cheap=nobody/x"], ["--tier", "cheap"], ["--set", "txt.default=1"], ["--set", "text.defalt=1"],
     ["--set", "text.type=colour"], ["--set", "text"], ["--budget", "-1"], ["--budget", "inf"],
     ["-i", "json=1e999"], ["--json", "--events", "-"],
     ["--events", "no/such/folder/x"], ["-i", "file=no/such/file"]],
)  # fmt: skip
def test_wrong_values_are_2_and_nothing_is_run(baton: Baton, echo: Path, args: list[str]) -> None:
    said = baton("run", echo, *args)
    assert (said.code, said.out) == (2, "")
    assert said.err.strip()
    assert baton("runs", "list", "--json").json == {"runs": []}


def test_values_from_a_file_and_from_the_line(baton: Baton, echo: Path, tmp_path: Path) -> None:
    (tmp_path / "in.json").write_text('{"text": null, "number": 1, "list": []}', "utf-8")
    (tmp_path / "note.txt").write_text("hello", "utf-8")
    args = ["--inputs", tmp_path / "in.json", "-i", "number=2", "-i", f"file={tmp_path / 'note.txt'}"]
    outputs = baton("run", echo, "--json", *args).json["outputs"]
    assert (outputs["text"], outputs["number"], outputs["list"]) == (None, 2, [])
    assert outputs["file"] == {"path": str(tmp_path / "note.txt"), "text": "hello"}


def test_an_image_comes_from_a_file(baton: Baton, write: Write, tmp_path: Path) -> None:
    nodes = [{"id": "pic", "kind": "input", "config": {"type": "image"}}, {"id": "o", "kind": "output"}]
    file = write(nodes, ["pic.value > o.value"])
    (tmp_path / "cat.png").write_bytes(b"\x89PNG")
    path = str(tmp_path / "cat.png")
    wanted = {"path": path, "media_type": "image/png", "data": "iVBORw=="}
    for given in (f"pic=@{path}", f"pic={path}"):
        assert baton("run", file, "--json", "-i", given).json["outputs"] == {"o": wanted}
    url = "data:image/png;base64,iVBORw=="
    assert baton("run", file, "--json", "-i", f"pic={url}").json["outputs"] == {"o": url}
    for given in ("pic=@none.png", f"pic={file}", "pic=words"):
        said = baton("run", file, "-i", given)
        assert said.code == 2 and "pic" in said.err


def test_an_invalid_graph_is_2_and_every_error_is_said(baton: Baton, write: Write) -> None:
    file = write([{"id": "a", "kind": "agnet"}, {"id": "o", "kind": "output"}], ["a.text > gone.value"])
    said = baton("run", file, "--json")
    assert (said.code, said.out) == (2, "")
    assert said.err.count("error:") >= 3


def test_an_input_that_is_missing_is_2(baton: Baton, write: Write) -> None:
    file = write([{"id": "i", "kind": "input"}, {"id": "o", "kind": "output"}], ["i.value > o.value"])
    said = baton("run", file)
    assert said.code == 2 and "-i i=VALUE" in said.err


def test_settings_for_one_run(baton: Baton, write: Write) -> None:
    file = write([{"id": "t", "kind": "template", "config": {"template": "one"}}, {"id": "o", "kind": "output"}],
                 ["t.text > o.value"])  # fmt: skip
    before = file.read_bytes()
    assert baton("run", file, "--json", "--set", "t.template=two words").json["outputs"] == {"o": "two words"}
    assert baton("run", file, "--json", "--set", "t.template=5").json["outputs"] == {"o": "5"}
    named = baton("run", file, "--json", "--set", "o.name=other", "--set", "t.retry.attempts=1")
    assert named.json["outputs"] == {"other": "one"}
    assert file.read_bytes() == before


def test_rehearsal_is_said_in_every_form(baton: Baton, write: Write) -> None:
    file = write(AGENT, WIRES)
    for args in (["--rehearse"], []):
        said = baton("run", file, *args)
        assert said.code == 0
        assert "Rehearsal: the built-in rehearsal model answered, not a language model." in said.out
    found = baton("run", file, "--rehearse", "--json").json
    assert found["nodes"]["a"]["model"] == "rehearsal"
    assert found["cost_usd"] == 0


def test_plain_lines_when_nobody_watches(baton: Baton, write: Write) -> None:
    said = baton("run", write(AGENT, WIRES), "--rehearse")
    assert "\x1b" not in said.out + said.err
    lines = said.out.splitlines()
    assert any("● a" in line for line in lines) and any("✓ a  ok" in line for line in lines)
    assert "o:" in lines
    assert "completed in" in lines[-1]


@pytest.mark.parametrize(
    ("kind", "told", "line"),
    [("route.chosen", {"routes": ["yes"], "reason": "So it says", "confidence": 0.82},
      "→ desk  route yes: So it says (82 % sure)"),
     ("delegation.started", {"scope": "desk[1]", "specialist": "sales", "reason": "A quote", "confidence": 0.9},
      "→ desk  delegates to sales: A quote (90 % sure)"),
     ("delegation.rejected", {"scope": "desk[1]", "reason": "not mine"}, "! desk  turned down: not mine"),
     ("node.fallback", {"from": "cheap", "to": "best", "message": "It broke."},
      "↻ desk  goes on with best: It broke.")],
)  # fmt: skip
def test_lines_say_who_was_chosen_why_and_who_goes_on_instead(kind: str, told: dict[str, Any], line: str) -> None:
    event = Event(VERSION, "r", 1, 0.0, 0.0, kind, "desk", "desk", "", 1, told)
    assert event_line(event, View()) == f"    0.0s  {line}"


def test_the_json_object_has_the_promised_shape(baton: Baton, write: Write) -> None:
    found = baton("run", write(AGENT, WIRES), "--json", "--tier", "best=rehearsal", "--budget", "0.5").json
    assert {"run", "status", "outputs", "nodes", "usage", "cost_usd", "warnings"} <= found.keys()
    assert found["status"] == "completed"
    assert found["usage"]["input_tokens"] > 0
    node = found["nodes"]["a"]
    assert {"status", "source", "seconds", "attempts", "model", "usage", "cost_usd"} <= node.keys()
    assert (node["status"], node["source"], node["attempts"]) == ("ok", "ran", 1)


def test_events_never_overwrite_what_the_run_reads(baton: Baton, echo: Path, tmp_path: Path) -> None:
    before = echo.read_bytes()
    given = tmp_path / "in.json"
    given.write_text("{}", "utf-8")
    (tmp_path / "same").hardlink_to(echo)
    (tmp_path / "link").symlink_to(given)
    for target in (echo, given, tmp_path / "same", tmp_path / "link"):
        said = baton("run", echo, "--inputs", given, "--events", target)
        assert said.code == 2 and "would overwrite" in said.err
    assert echo.read_bytes() == before and given.read_text("utf-8") == "{}"


def test_events_are_lines_without_gaps_that_fold_to_the_result(baton: Baton, write: Write, tmp_path: Path) -> None:
    file = write(AGENT, WIRES)
    found = baton("run", file, "--json", "--rehearse", "--events", tmp_path / "e.jsonl").json
    lines = (tmp_path / "e.jsonl").read_text("utf-8").splitlines()
    events = [event_from_json(json.loads(line)) for line in lines]
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert events[0].kind == "run.created" and events[-1].kind == "run.finished"
    assert events[0].ts > 1_600_000_000
    view = View()
    for event in events:
        view.apply(event)
    assert dict(view.outputs) == found["outputs"]
    said = baton("run", file, "--rehearse", "--events", "-")
    assert all(json.loads(line)["v"] == 1 for line in said.out.splitlines())


def test_a_run_that_nobody_reads_any_more_is_stopped(
    baton: Baton, write: Write, unread: TextIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = {"id": "c", "kind": "code", "config": {"source": "import time\ndef run():\n    time.sleep(60)\n"}}
    file = write([slow, {"id": "o", "kind": "output"}], ["c.value > o.value"])
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", unread)
        assert baton("run", file, "--events", "-", "--trust").code == 130
    assert baton("runs", "list", "--json").json["runs"][0]["status"] == "cancelled"


def test_a_run_that_fails_is_1_and_still_one_object(baton: Baton, write: Write) -> None:
    nodes = [{"id": "t", "kind": "template", "config": {"template": "{{ [1][5] }}"}}, {"id": "o", "kind": "output"}]
    file = write(nodes, ["t.text > o.value"])
    said = baton("run", file, "--json")
    assert said.code == 1
    assert said.json["status"] == "failed"
    assert said.json["nodes"]["t"]["error"]["class"] == "bad_request"
    assert said.json["nodes"]["o"]["reason"] == "upstream_failed"
    assert "– o  skipped – blocked by t" in baton("run", file).out
    assert "The run failed" in said.err


def test_stored_runs_that_cannot_be_opened_are_1_and_still_one_object(baton: Baton, echo: Path, home: Path) -> None:
    (home / "runs").write_text("in the way", "utf-8")
    said = baton("run", echo, "--json")
    assert said.code == 1 and said.json["status"] == "failed"
    assert "stored runs" in said.err


def test_no_output_is_said(baton: Baton, write: Write) -> None:
    router = {"routes": [{"id": "x", "when": {"op": "equals", "value": "never"}}], "allow_none": True, "multi": True}
    nodes = [{"id": "i", "kind": "input", "config": {"default": "a"}}, {"id": "r", "kind": "router", "config": router},
             {"id": "o", "kind": "output"}]  # fmt: skip
    file = write(nodes, ["i.value > r.value", "r.x > o.value"])
    assert "No output got a value: closed by r." in baton("run", file).out
    assert baton("run", file, "--json").json["no_output"] == {"closed_by": "r"}


class _Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_the_live_table_shows_what_counts(baton: Baton, write: Write, tmp_path: Path) -> None:
    nodes = [*AGENT, *({"id": f"t{i}", "kind": "template", "config": {"template": "x"}} for i in range(200))]
    file = write(nodes, WIRES)
    baton("run", file, "--rehearse", "--events", tmp_path / "e.jsonl")
    events = [event_from_json(json.loads(line)) for line in (tmp_path / "e.jsonl").read_text("utf-8").splitlines()]
    streaming = next(i for i, event in enumerate(events) if event.kind == "text")
    view, screen = View(), _Terminal()
    for event in events[: streaming + 3]:
        view.apply(event)
    with LiveTree(open_graph(file), screen) as table:
        table.show((), view)
    said = screen.getvalue()
    assert "Writer" in said and "running" in said
    assert "rehearsal: no language model is called" in said
    assert "203 nodes" in said, "what does not fit is counted"
    assert len(said.splitlines()) < 60


def test_the_live_tree_shows_what_goes_on_inside_a_map(write: Write, baton: Baton) -> None:
    body = {"nodes": [{"id": "item", "kind": "input"}, {"id": "say", "kind": "template", "config": {"template": "x"}}],
            "edges": []}  # fmt: skip
    file = write([{"id": "each", "kind": "map", "title": "Each file", "config": {"body": body}}], [])
    view, screen = View(), _Terminal()
    rows = [("node.started", "each", "", {}), ("map.opened", "each", "", {"total": 9}),
            ("node.started", "each[3]/say", "each[3]", {}), ("text", "each[3]/say", "each[3]", {"text": "one\ntwo"}),
            ("node.progress", "each", "", {"done": 3, "total": 9, "note": "1 failed"})]  # fmt: skip
    for seq, (kind, key, scope, data) in enumerate(rows, 1):
        view.apply(Event(1, "r", seq, 0.0, 100.0 + seq, kind, key, key.rpartition("/")[2], scope, 1, data))
    with LiveTree(open_graph(file), screen) as tree:
        tree.show((), view)
    lines = [line for line in screen.getvalue().splitlines() if "running" in line]
    assert "Each file" in lines[0] and "3/9 1 failed" in lines[0]
    assert "└ item 4" in lines[1] and "└ say" in lines[2] and "two" in lines[2]


def test_a_route_is_text_and_several_are_a_list(baton: Baton, write: Write) -> None:
    routes = [{"id": word, "when": {"op": "contains", "value": word}} for word in ("red", "blue")]
    nodes = [{"id": "i", "kind": "input"}, {"id": "r", "kind": "router", "config": {"routes": routes, "multi": True}},
             {"id": "o", "kind": "output"}]  # fmt: skip
    file = write(nodes, ["i.value > r.value", "r.red > o.value"])
    assert baton("run", file, "--json", "-i", "i=a red one").json["nodes"]["r"]["route"] == "red"
    assert baton("run", file, "--json", "-i", "i=red, blue").json["nodes"]["r"]["route"] == ["red", "blue"]
    assert baton("run", file, "--json", "-i", "i=green").json["nodes"]["r"]["route"] == "default"


def test_a_file_of_inputs_is_read_as_strictly_as_a_graph(baton: Baton, echo: Path, tmp_path: Path) -> None:
    file = tmp_path / "inputs.json"
    for text in ('{"text": "a", "text": "b"}', '{"number": NaN}', '{"number": 1e999}', "[" * 100_000, "", "[]"):
        file.write_text(text, "utf-8")
        said = baton("run", echo, "--inputs", file)
        assert (said.code, said.out, said.err.count("\n")) == (2, "", 1), text
    file.write_bytes(b'\xef\xbb\xbf{"text": "with a mark of byte order", "json": null}')
    outputs = baton("run", echo, "--json", "--inputs", file).json["outputs"]
    assert outputs["text"] == "with a mark of byte order" and outputs["json"] is None


def test_a_newer_file_is_run_with_a_word_about_it(baton: Baton, echo: Path) -> None:
    echo.write_text(echo.read_text("utf-8").replace('"baton": 1', '"baton": 99'), "utf-8")
    said = baton("run", echo, "--json")
    assert said.json["status"] == "completed" and "newer Baton" in said.err


def test_writing_tools_may_be_let_act_with_or_without_a_name(baton: Baton, echo: Path, tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    for args, allowed in (
        ([], []), (["--allow-writes"], ["*"]),
        (["--allow-writes=fs.*", "--allow-writes=post.send"], ["fs.*", "post.send"]),
    ):  # fmt: skip
        assert baton("run", *args, echo, "--events", events).code == 0
        created = json.loads(events.read_text("utf-8").splitlines()[0])
        assert created["data"]["allow_writes"] == allowed


def test_a_run_that_waits_for_a_person_ends_with_3_and_goes_on_with_an_answer(baton: Baton, write: Write) -> None:
    nodes = [{"id": name, "kind": "input", "config": {"type": "json", "default": value}} for name, value in
             (("a", {"price": 5}), ("b", {"price": 6}))]  # fmt: skip
    merge = {"id": "m", "kind": "merge", "title": "Prices", "config": {"strategy": "json", "on_conflict": "ask"}}
    file = write([*nodes, merge, {"id": "end", "kind": "output"}],
                 ["a.value > m.items", "b.value > m.items", "m.value > end.value"])  # fmt: skip
    said = baton("run", file, "--json")
    assert said.code == 3
    assert (said.json["status"], said.json["reason"]) == ("paused", "human")
    [waiting] = said.json["waiting"]
    assert set(waiting) == {"key", "kind", "question", "schema"}
    assert "“m” waits for a person: The branches that meet in “Prices” differ at price." in said.err
    assert f"--resume {said.json['run']} --answer 'm={{" in said.err
    shown = baton("runs", "show", said.json["run"])
    assert "“m” waits for a person" in shown.out and "--answer 'm={" in shown.out
    answer = {"decision": "approved", "value": {"price": "b"}}
    said = baton("run", file, "--json", "--answer", f"m={json.dumps(answer)}")
    assert (said.code, said.json["outputs"]) == (0, {"end": {"price": 6}})
    assert "waiting" not in said.json
    assert baton("run", file, "--json", "--rehearse").json["outputs"] == {"end": {"price": 5}}
    for wrong in ("m", "m={", 'm={"value": 3}'):
        said = baton("run", file, "--answer", wrong)
        assert said.code == 2
        assert said.err.startswith("error:")
