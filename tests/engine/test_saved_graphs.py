"""Every shipped graph opens, has no problem, runs to its end in rehearsal, the same twice, and can be handed on."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from engine.base.secrets import Secrets
from engine.base.settings import Home, Settings
from engine.export.registry import exporter, names
from engine.export.share import exported
from engine.files.format import dumps
from engine.files.open import loads, open_graph
from engine.files.rows import read_rows
from engine.kinds.registry import Kinds
from engine.kinds.schema import graph_schema
from engine.plan.check import check
from engine.run.control import Run, RunOptions
from engine.run.result import Result
from engine.run.services import Services
from tests.engine.scripted import Script

FOLDER = Path(__file__).resolve().parents[2] / "saved_graphs"
DATA = FOLDER / "data"
OTHER = "Nine herons stood in the harbour of Ghent. The tide was late by two hours."
SMALLEST_NODE = (152, 64)
TOLD = {"quality_gate": "pass 2 changed nothing"}
"""What a rehearsal warns of: its critic cannot be pleased, so that the way through the best model is seen."""

each = pytest.mark.parametrize(
    "path", sorted(FOLDER.glob("*.baton.json")), ids=lambda path: path.name.removesuffix(".baton.json")
)


@pytest.fixture
def services(tmp_path: Path) -> Services:
    """What a run needs as a new user has it: no keys, no settings, a folder of its own."""
    settings = Settings(local_discovery=False)
    return Services(Kinds.load(), Home(tmp_path / "home"), settings, Secrets({}, keyring=lambda: None), environ={})


async def ran(path: Path, services: Services, inputs: dict[str, Any] | None = None) -> Result:
    """The result of one rehearsal on what ships with the graph, or on `inputs`."""
    options = RunOptions(rehearse=True, pace=0)
    return await Run(open_graph(path), inputs, options, folder=FOLDER, services=services).execute()


def outside(path: Path) -> bool:
    """Whether a node of the graph reaches outside, for which a rehearsal that nobody trusted has a sample."""
    kinds = {node.kind for node in open_graph(path).nodes.values()}
    return any(kind.needs_trust for kind in Kinds.load() if kind.name in kinds)


def named(name: str) -> Path:
    """The file of a graph."""
    return FOLDER / f"{name}.baton.json"


@each
def test_the_file_is_as_the_program_writes_it(path: Path) -> None:
    text = path.read_bytes()
    assert dumps(loads(text)).encode("utf-8") == text


@each
def test_it_has_no_problems(path: Path) -> None:
    assert check(open_graph(path), Kinds.load(), folder=FOLDER) == []


@pytest.fixture(scope="module")
def schema() -> Draft202012Validator:
    """What the schema of graph files says of a file; to write it takes a while."""
    return Draft202012Validator(graph_schema(Kinds.load()))


@each
def test_it_fits_the_schema(path: Path, schema: Draft202012Validator) -> None:
    found = schema.iter_errors(json.loads(path.read_text("utf-8")))
    assert [error.message for error in found] == []


@each
def test_it_explains_itself_and_caps_its_cost(path: Path) -> None:
    graph = open_graph(path)
    assert graph.name
    assert len(graph.description) > 80
    assert [node.id for node in graph.nodes.values() if not node.title] == []
    assert graph.settings.budget_usd
    assert graph.settings.budget_usd <= 1


@each
def test_every_node_has_a_place_of_its_own(path: Path) -> None:
    graph = open_graph(path)
    width, height = SMALLEST_NODE
    on_top = [(a, b) for (a, (ax, ay)), (b, (bx, by)) in combinations(graph.places.items(), 2)
              if abs(ax - bx) < width and abs(ay - by) < height]  # fmt: skip
    assert graph.places.keys() == graph.nodes.keys()
    assert on_top == []


@each
async def test_it_runs_without_a_key_to_the_same_end_each_time(path: Path, services: Services) -> None:
    first, second = await ran(path, services), await ran(path, services)
    outputs = [node for node in open_graph(path).nodes.values() if node.kind == "output"]
    told = "a sample value" if outside(path) else TOLD.get(path.name.removesuffix(".baton.json"), "")
    assert first.status == ("completed_with_warnings" if told else "completed"), first.reason
    assert all(told and told in warning for warning in first.warnings)
    assert outputs
    assert first.outputs.keys() == {str(node.config.get("name") or node.id) for node in outputs}
    assert all(first.outputs.values())
    assert second.outputs == first.outputs
    assert {key: node["status"] for key, node in second.nodes.items()} == {
        key: node["status"] for key, node in first.nodes.items()
    }


@each
async def test_its_result_follows_from_its_input(path: Path, services: Services) -> None:
    node = next(node for node in open_graph(path).nodes.values() if node.kind == "input")
    value = [{"path": "harbour.md", "text": OTHER}] if node.config["type"] == "list" else OTHER
    usual, other = await ran(path, services), await ran(path, services, {node.id: value})
    assert other.status == usual.status, other.reason
    assert other.outputs != usual.outputs


@pytest.mark.slow
@each
@pytest.mark.parametrize("name", names())
def test_it_can_be_exported(path: Path, name: str) -> None:
    if name in ("png", "svg"):
        pytest.importorskip("PySide6")
    graph = open_graph(path)
    made = exported(graph, exporter(name), Kinds.load(), folder=FOLDER)
    assert made.data
    assert made.needs == exported(graph, exporter("json"), Kinds.load(), folder=FOLDER).needs


def test_the_formats_that_everybody_needs_are_there() -> None:
    assert {"json", "mermaid"} <= set(names())


def test_the_stored_texts_are_those_of_the_data_folder() -> None:
    signups = open_graph(named("data_pipeline")).nodes["source"].config["default"]
    notes = open_graph(named("folder_batch")).nodes["files"].config["default"]
    assert signups == (DATA / "signups.csv").read_text("utf-8")
    assert {note["path"] for note in notes} == {f"meeting_notes/{path.name}" for path in DATA.glob("meeting_notes/*")}
    assert [note["text"] for note in notes] == [(DATA / note["path"]).read_text("utf-8") for note in notes]
    code = open_graph(named("refactor_with_conflicts")).nodes["files"].config["default"]
    assert {file["path"] for file in code} == {f"shop/{path.name}" for path in DATA.glob("shop/*")}
    assert [file["text"] for file in code] == [(DATA / file["path"]).read_text("utf-8") for file in code]


async def test_damaged_rows_are_reported_and_not_loaded(services: Services) -> None:
    damaged = json.loads((DATA / "signups_damaged.json").read_text("utf-8"))
    result = await ran(named("data_pipeline"), services, damaged)
    assert result.status == "completed"
    assert result.nodes["gate"]["route"] == "needs_review"
    assert result.nodes["load"]["status"] == "skipped"
    assert "INSERT" not in result.outputs["result"]


@pytest.mark.parametrize(
    ("message", "route"),
    [
        ("Please refund the payment on my last invoice.", "billing"),
        ("The app crashes with an error when I open it, and everything is slow.", "technical"),
        ("We want to buy a larger plan with 40 seats. Can I have a quote?", "sales"),
        ("Just some feedback and praise: I like it.", "other"),
        ("Good morning to you.", "other"),
    ],
)
async def test_each_message_reaches_its_specialist(services: Services, message: str, route: str) -> None:
    result = await ran(named("support_desk"), services, {"message": message})
    assert result.nodes["desk"]["route"] == route
    team = ("billing", "technical", "sales", "other")
    assert {name: result.nodes[name]["status"] for name in team} == {
        name: "ok" if name == route else "skipped" for name in team
    }
    assert result.outputs["reply"]


def test_the_labelled_messages_name_the_specialists_of_the_desk() -> None:
    desk = open_graph(named("support_desk"))
    labels = {row["department"] for row in read_rows(DATA / "support_messages.csv").rows}
    assert labels == {edge.target for edge in desk.outgoing("desk") if edge.source_port == "team"}


async def test_a_team_works_side_by_side_and_only_one_of_it_may_write(services: Services) -> None:
    result = await ran(named("development_team"), services)
    assert len(result.view.children("lead")) > 1
    nodes = open_graph(named("development_team")).nodes.values()
    writers = [node.id for node in nodes if any("write" in tool for tool in node.config.get("tools", ()))]
    assert writers == ["coder"]


async def test_a_swarm_reports_each_finding(services: Services) -> None:
    result = await ran(named("research_swarm"), services)
    assert len(result.outputs["findings"]) == len(result.view.children("swarm")) > 1
    assert {finding["status"] for finding in result.outputs["findings"]} == {"ok"}


@pytest.mark.parametrize(
    ("scores", "asked", "end"),
    [((9,), ["cheap", "medium"], "Draft 1"),
     ((5, 9), ["cheap", "medium", "cheap", "medium"], "Draft 2"),
     ((5, 8), ["cheap", "medium", "cheap", "medium", "best"], "Mended")],
)  # fmt: skip
async def test_a_draft_below_the_mark_goes_back_with_the_critique_and_then_to_the_best(
    services: Services, scores: tuple[int, ...], asked: list[str], end: str
) -> None:
    script = Script()
    script.says("cheap", *(f"Draft {number + 1}" for number in range(len(scores))))
    script.says("medium", *(json.dumps({"score": score, "reason": "r", "change": f"Not {score}"}) for score in scores))
    script.says("best", "Mended")
    options = RunOptions(tiers={tier: f"script/{tier}" for tier in ("cheap", "medium", "best")}, journal=False)
    run = Run(open_graph(named("quality_gate")), options=options, folder=FOLDER, services=script.on(services))
    result = await run.execute()
    assert [model for model, _ in script.asked] == asked
    assert result.outputs == {"text": end}
    critiques = [prompt for (model, _), prompt in zip(script.asked, script.prompts, strict=True) if model != "medium"]
    assert ["Not 5" in prompt or "Not 8" in prompt for prompt in critiques] == [False, True, True][: len(critiques)]
    assert bool(result.warnings) == (end == "Mended")


async def test_a_batch_reads_every_file_and_one_may_fail(services: Services) -> None:
    usual = await ran(named("folder_batch"), services)
    broken = [*open_graph(named("folder_batch")).nodes["files"].config["default"], "not a file"]
    other = await ran(named("folder_batch"), services, {"files": broken})
    assert [f"each[{index}]/read" in usual.nodes for index in range(6)] == [True] * 5 + [False]
    assert other.status == "completed_with_warnings"
    assert other.outputs == usual.outputs


async def test_fifty_files_are_refactored_and_every_contradiction_is_listed(services: Services) -> None:
    result = await ran(named("refactor_with_conflicts"), services)
    files = result.outputs["result"]
    assert len(files) == 50
    for file in files:
        [changed] = file["files"]
        assert {conflict["path"].rpartition(":")[0] for conflict in file["conflicts"]} == {changed["path"]}
        assert all(conflict["chosen"] == "idioms" for conflict in file["conflicts"])


async def test_an_announcement_is_written_for_each_combination_but_those_left_out(services: Services) -> None:
    result = await ran(named("announcement_matrix"), services)
    heads = [line for line in result.outputs["announcements"].splitlines() if line.startswith("## ")]
    assert heads == [
        *(f"## {channel} for {readers}"
          for readers in ("families with children", "students") for channel in ("poster", "e-mail", "post")),
        "## e-mail for the local press",
    ]  # fmt: skip


async def test_a_draft_is_revised_until_the_judge_says_yes(services: Services) -> None:
    result = await ran(named("revise_until_good"), services)
    assert "improve[1]/revise" in result.nodes
    assert result.nodes["improve"]["usage"]["input_tokens"] > result.nodes["improve[1]/critic"]["usage"]["input_tokens"]


@pytest.mark.parametrize(
    ("answer", "path"),
    [({"decision": "approved"}, "draft"), ({"decision": "approved", "value": "Mine."}, "mine"),
     ({"decision": "rejected", "value": "Say who pays."}, "revise")],
)  # fmt: skip
async def test_nothing_is_published_before_a_person_has_decided(
    services: Services, answer: dict[str, Any], path: str
) -> None:
    graph = open_graph(named("review_before_publishing"))
    waiting = await Run(graph, options=RunOptions(pace=0), folder=FOLDER, services=services).execute()
    assert (waiting.status, waiting.outputs) == ("paused", {})
    assert waiting.view.waiting["sign"]["value"] in waiting.waiting[0]["question"]
    result = await Run.resume(waiting.run, services=services, answers={"sign": answer}).execute()
    draft = waiting.view.nodes["draft"].outputs["text"]
    assert result.status == "completed"
    assert result.nodes["revise"]["status"] == ("ok" if path == "revise" else "skipped")
    if path != "revise":
        assert result.outputs["notice"] == {"draft": draft, "mine": "Mine."}[path]
