"""Runs handed on: reports that tell all and run nothing, traces that other programs read, and no key in either."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from engine.base.errors import WrongUse
from engine.base.values import Value
from engine.export.record import RunRecord
from engine.export.registry import exporter, run_exporter, run_names
from engine.export.report import LONGEST, of_run, shown
from engine.export.share import exported, exported_run
from engine.export.timeline import LABEL, WIDTH, chart
from engine.graph.graph import Graph
from engine.graph.records import Node
from engine.kinds.registry import Kinds
from engine.run.events import VERSION, Event
from engine.run.services import Services
from engine.run.shown import AttemptView
from engine.run.view import NodeView, View
from engine.testing import build, play

from .conftest import HOSTILE, OWN, PASTED

KINDS = Kinds.load()


class Page(HTMLParser):
    """The tags and the words of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data


def test_formats_of_runs_and_of_graphs_are_told_apart() -> None:
    assert set(run_names()) == {"html", "markdown", "otlp"}
    with pytest.raises(WrongUse, match="for runs"):
        exporter("otlp")
    with pytest.raises(WrongUse, match="for graphs"):
        run_exporter("mermaid")


@pytest.mark.parametrize(
    ("value", "text"),
    [({"media_type": "image/png", "data": "iVBO" * 500}, "[image/png, 2,000 characters]"),
     ({"media_type": "none of a picture"}, '{\n  "media_type": "none of a picture"\n}'), (None, "null"), ("so", "so"),
     ("x" * (LONGEST + 1), f"{'x' * LONGEST}\n… ({LONGEST + 1:,} characters in all)")],
    ids=["picture", "record", "nothing", "text", "long"],
)  # fmt: skip
def test_values_are_shown_in_bounds_and_pictures_by_name(value: Value, text: str) -> None:
    assert shown(value) == text


def test_the_report_tells_what_happened(record: RunRecord) -> None:
    page = Page(exported_run(record, run_exporter("html"), KINDS).data.decode("utf-8"))
    for told in ("evaluate the expression 2+3", "Be brief.", "An answer with *** and ***", "Tool calc.evaluate", "5",
                 "refused: It refused", "one!", "failed", "script/good", "rehearsal"):  # fmt: skip
        assert told in page.words, told
    ids = {attrs.get("id") for _, attrs in page.tags}
    assert {"node-a", "node-m", "node-m[1]/t"} <= ids
    assert [tag for tag, _ in page.tags if tag == "svg"] == ["svg", "svg"], "the graph, and the timeline"


def test_items_stand_in_their_map_and_the_first_failure_stands_on_top(record: RunRecord) -> None:
    text = exported_run(record, run_exporter("html"), KINDS).data.decode("utf-8")
    page = Page(text)
    groups = [attrs for tag, attrs in page.tags if tag == "details" and attrs.get("class") == "group"]
    assert len(groups) == 2
    places = [text.index(mark) for mark in ('id="node-m"', "item 1", 'id="node-m[0]/t"', "item 2", 'id="node-m[1]/t"')]
    assert places == sorted(places)
    assert "First failure" in page.words and text.index('href="#node-c"') < text.index("<svg")
    assert [attrs["id"] for tag, attrs in page.tags if tag == "details" and "open" in attrs] == ["node-c"]


async def test_costs_are_told_once_where_they_were_made(services: Services) -> None:
    worker = {"model": "rehearsal", "prompt": "Say {{ brief }}"}
    swarm = {"model": "rehearsal", "prompt": "{{ i }}", "swarm": True, "worker": worker}
    graph = build({"i": ("input", {"default": "Herons. Tides. Harbours."}), "s": ("manager", swarm), "o": "output"},
                  "i.value -> s.i", "s.text -> o.value")  # fmt: skip
    played = await play(graph, services=services)
    record = RunRecord("r", "r", 0.0, graph, played.events)
    rows = of_run(record, KINDS)["costs"]
    assert len(rows) > 1 and sum(int(row["input"].replace(",", "")) for row in rows) == record.view.input_tokens


@pytest.fixture
def denied() -> RunRecord:
    """A run in which a call of a tool was refused, and a second attempt got no answer."""
    message = {"messages": [{"role": "user", "text": "Pay it."}], "model": "script/good"}
    call = {"tool": "bank.pay", "id": "c1"}
    rows: list[tuple[str, str, dict[str, Any]]] = [
        ("run.created", "", {}), ("run.started", "", {}), ("node.started", "a", {}), ("model.request", "a", message),
        ("model.response", "a", {"text": "", "tool_calls": [{"name": "bank.pay", "id": "c1", "arguments": {}}]}),
        ("tool.intent", "a", {**call, "arguments": {"usd": 5}}), ("tool.denied", "a", {**call, "reason": "Too dear."}),
        ("node.started", "a", {}), ("model.request", "a", message),
        ("node.failed", "a", {"error": {"class": "transient", "message": "Gone."}}),
        ("run.finished", "", {"status": "failed"}),
    ]  # fmt: skip
    events = [Event(VERSION, "r", seq, 1e9 + seq, seq, kind, node, node, "", 1, data)
              for seq, (kind, node, data) in enumerate(rows, 1)]  # fmt: skip
    return RunRecord("r", "Paying", 1e9, build({"a": ("agent", {"prompt": "Pay it."})}), events)


def test_what_was_not_done_is_told_as_such(denied: RunRecord) -> None:
    [node] = of_run(denied, KINDS)["nodes"]
    heads = {step["head"]: {part["label"]: part["text"] for part in step["parts"]} for step in node["steps"]}
    assert heads["Tool bank.pay"] == {"With": '{\n  "usd": 5\n}', "Was denied": "Too dear."}
    assert node["steps"][-1]["parts"][-1] == {
        "label": "Answer", "text": "none: the call failed or was broken off",
    }  # fmt: skip
    [row] = of_run(denied, KINDS)["costs"]
    assert (row["calls"], row["cost"]) == ("2", "price unknown")


def test_the_spans_of_a_trace_stand_at_their_time_in_nanoseconds(denied: RunRecord) -> None:
    trace = json.loads(exported_run(denied, run_exporter("otlp"), KINDS).data)
    spans = trace["resourceSpans"][0]["scopeSpans"][0]["spans"]
    told = [(s["name"], int(s["startTimeUnixNano"]) - 10**18, int(s["endTimeUnixNano"]) - 10**18) for s in spans]
    assert told == [
        ("invoke_workflow Paying", 2 * 10**9, 11 * 10**9), ("invoke_agent a", 3 * 10**9, 10 * 10**9),
        ("chat good", 4 * 10**9, 5 * 10**9), ("execute_tool bank.pay", 6 * 10**9, 7 * 10**9),
        ("chat good", 9 * 10**9, 11 * 10**9),
    ]  # fmt: skip
    assert [s["status"].get("code") for s in spans] == [2, 2, 1, 2, 2] and [s["kind"] for s in spans] == [1, 1, 3, 1, 3]


def test_nothing_on_the_page_runs_or_loads(record: RunRecord) -> None:
    made = exported_run(record, run_exporter("html"), KINDS).data.decode("utf-8")
    page = Page(made)
    assert not {"script", "img", "iframe", "link", "object", "form"} & {tag for tag, _ in page.tags}
    policy = [attrs["content"] for tag, attrs in page.tags if attrs.get("http-equiv") == "Content-Security-Policy"]
    assert policy and str(policy[0]).startswith("default-src 'none'")
    assert all((attrs.get("href") or "#").startswith("#") for _, attrs in page.tags)
    assert "<script>alert(1)</script>" in page.words, "it is shown as the text that it is"
    assert run_exporter("html").verify_run(made.replace("</body>", HOSTILE).encode(), record) != ""  # type: ignore[attr-defined]  # the page's exporter verifies


@pytest.mark.parametrize("name", ["html", "markdown", "otlp"])
def test_no_key_is_in_any_byte_of_a_run(name: str, record: RunRecord) -> None:
    data = exported_run(record, run_exporter(name), KINDS).data.decode("utf-8")
    assert OWN not in data and PASTED not in data and "***" in data


def test_the_trace_hangs_together_and_speaks_the_conventions(record: RunRecord) -> None:
    trace = json.loads(exported_run(record, run_exporter("otlp"), KINDS).data)
    spans = {span["name"]: span for span in trace["resourceSpans"][0]["scopeSpans"][0]["spans"]}
    told = {each["key"]: next(iter(each["value"].values())) for each in spans["chat good"]["attributes"]}
    assert told["gen_ai.operation.name"] == "chat" and told["gen_ai.request.model"] == "good"
    assert (told["gen_ai.usage.input_tokens"], told["gen_ai.usage.output_tokens"]) == ("10", "5")
    assert json.loads(told["gen_ai.input.messages"])[0]["role"] == "system"
    assert spans["chat good"]["parentSpanId"] == spans["invoke_agent b"]["spanId"]
    assert spans["execute_tool calc.evaluate"]["parentSpanId"] == spans["invoke_agent a"]["spanId"]
    assert spans["t"]["parentSpanId"] == spans["m"]["spanId"]
    assert spans["chat bad"]["status"]["code"] == spans["invoke_agent c"]["status"]["code"] == 2
    assert all(int(s["startTimeUnixNano"]) <= int(s["endTimeUnixNano"]) for s in spans.values())
    again = exported_run(record, run_exporter("otlp"), KINDS).data
    assert json.loads(again) == trace, "the same run makes the same trace"


@pytest.mark.slow
def test_the_trace_is_what_opentelemetry_reads(record: RunRecord, tmp_path: Path, apart: Any) -> None:
    python = apart("opentelemetry-proto")
    file = tmp_path / "t.json"
    file.write_bytes(exported_run(record, run_exporter("otlp"), KINDS).data)
    program = """
import sys
from google.protobuf.json_format import Parse
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData
data = Parse(open(sys.argv[1], encoding="utf-8").read(), TracesData())
print(*sorted(span.name for span in data.resource_spans[0].scope_spans[0].spans), sep="|")
"""
    done = subprocess.run([python, "-c", program, str(file)], capture_output=True, text=True, check=False)
    assert "invoke_agent a" in done.stdout and "chat good" in done.stdout, done.stderr


def test_pages_of_graphs_say_what_each_node_is_told(record: RunRecord) -> None:
    page = Page(exported(record.graph, exporter("html"), KINDS).data.decode("utf-8"))
    assert "Be brief." in page.words and "the model script/good" in page.words
    text = exported(record.graph, exporter("markdown"), KINDS).data.decode("utf-8")
    assert "### b (b)" in text and "\n# head" not in text.replace("```text\n# head", "")


def test_no_title_becomes_a_mark_of_the_page_it_stands_on() -> None:
    graph = Graph({"name": "A | *b*"}, {"a": Node("a", "template", "<c> [d](e)\n# f", {"template": "````\nx"})})
    text = exported(graph, exporter("markdown"), KINDS).data.decode("utf-8")
    assert text.startswith("# A \\| \\*b\\*\n")
    assert "\n### \\<c\\> \\[d\\](e) \\# f (a)\n" in text
    assert "`````text\n````\nx\n`````" in text, "no fence in a text ends the one around it"


def test_an_attempt_that_failed_is_seen_though_the_node_got_there_in_the_end() -> None:
    node = NodeView.begun("a", "a", "")
    node.status = "ok"
    node.attempts = [AttemptView(1, 10.0, 12.0, "failed"), AttemptView(2, 13.0, 14.0, "ok")]
    drawn = chart(View(started=10.0, ended=14.0, nodes={"a": node}), ["a"])
    bars = re.findall(r'<rect class="bar (\w+)" x="([\d.]+)" [^>]*width="([\d.]+)"', drawn)
    assert bars == [
        ("failed", f"{LABEL:.1f}", f"{WIDTH / 2:.1f}"), ("ok", f"{LABEL + WIDTH * 3 / 4:.1f}", f"{WIDTH / 4:.1f}"),
    ]  # fmt: skip


@pytest.mark.slow
def test_a_run_is_exported_by_the_command(tmp_path: Path) -> None:
    code = "import sys; from engine.cli.main import main; sys.exit(main())"
    graph = tmp_path / "g.baton.json"
    graph.write_text('{"baton": 1, "nodes": [{"id": "i", "kind": "input", "config": {"default": "hi"}}], "edges": []}')

    def baton(*args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-c", code, *args], capture_output=True, text=True, cwd=tmp_path)

    assert baton("run", str(graph), "--rehearse").returncode == 0
    run = json.loads(baton("runs", "list", "--json").stdout)["runs"][0]["run"]
    assert baton("export", run[:12], "--to", "html", "-o", "report.html").returncode == 0
    assert Page((tmp_path / "report.html").read_text("utf-8")).words.count("hi") >= 1
    assert baton("export", "nothing-such", "--to", "html").returncode == 2
    listed = baton("export", "--list").stdout
    assert "otlp" in listed and "bundle" in listed and "graphs and runs" in listed
