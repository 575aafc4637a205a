"""Files of other tools become graphs that say the same, with a report; nothing in them is run and no key stays."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.base.errors import BatonError, FileProblem
from engine.export.imported import imported, importers
from engine.export.importing import Imported, read_yaml
from engine.files.bundle import Bundle, write_bundle
from engine.files.format import dumps
from engine.files.open import loads
from engine.graph.graph import Graph
from engine.kinds.registry import Kinds
from engine.plan.check import check

SAMPLES = Path(__file__).parents[2] / "golden" / "imports"
NAMES = sorted(path.name for path in SAMPLES.iterdir())


def sample(name: str) -> Imported:
    return imported((SAMPLES / name).read_bytes(), name)


def edges(graph: Graph) -> set[str]:
    return set(graph.edges)


def how(found: Imported, words: str) -> list[str]:
    """What the report says of everything whose name has these words."""
    return [line.how for line in found.report if words in line.what]


@pytest.mark.parametrize("name", NAMES)
def test_each_sample_is_a_graph_without_errors_but_its_placeholders(name: str) -> None:
    found = sample(name)
    assert loads(dumps(found.graph)) == found.graph
    errors = [each for each in check(found.graph, Kinds.load()) if each.severity == "error"]
    assert {each.code for each in errors} <= {"unknown_kind", "unknown_tool"}
    placeholders = {line.node for line in found.report if line.how == "placeholder"}
    assert {str(each.node).partition("/")[0] for each in errors} == placeholders
    assert {node.id for node in found.graph.nodes.values() if "." in node.kind} <= placeholders
    assert "sk-" not in dumps(found.graph) and "xoxb" not in dumps(found.graph)
    assert len(found.graph.places) > 0 or found.source in ("LangGraph", "Mermaid")


def test_langgraph_keeps_steps_ways_and_its_circle() -> None:
    found = sample("agent.langgraph.json")
    assert found.graph.nodes["loop"].kind == "loop"
    body = {node["id"]: node["kind"] for node in found.graph.nodes["loop"].config["body"]["nodes"]}
    assert {"agent": "agent", "review": "agent", "after_review": "router"}.items() <= body.items()
    assert "tools" not in body and how(found, "tools") == ["approximated"]


def test_a_drawing_keeps_labels_and_names_with_blanks() -> None:
    found = sample("router.mmd").graph
    routes = {route["id"]: route["label"] for route in found.nodes["after_classify"].config["routes"]}
    assert routes == {"money": "money", "other": "other"}
    assert found.nodes["general_help"].title == "general help"
    assert {"after_classify.other->general_help.state", "billing.text->answer.value"} <= edges(found)


def test_our_own_drawing_is_read_again() -> None:
    from engine.export.formats.mermaid import EXPORTER
    from engine.files.open import open_graph

    desk = open_graph(Path(__file__).parents[3] / "saved_graphs" / "fan_out_research.baton.json")
    drawn = imported(EXPORTER.export(desk, Kinds.load()).encode(), "g.mmd").graph
    assert len(drawn.nodes) == len(desk.nodes)
    assert len({(edge.source, edge.target) for edge in drawn.edges.values()}) == len(
        {(edge.source, edge.target) for edge in desk.edges.values()}
    )


def test_langflow_keeps_prompts_models_and_choices() -> None:
    found = sample("blog.langflow.json")
    nodes = found.graph.nodes
    assert nodes["prompt"].config["template"] == (
        'Answer in the style of {{ "a teacher" }}, as JSON such as {"answer": ...}.'
    )
    assert nodes["openai"].config == {
        "model": "openai/gpt-4o-mini", "instructions": "{{ system_message }}", "prompt": "{{ input_value }}",
        "temperature": 0.2,
    }  # fmt: skip
    when = nodes["if_else"].config["routes"][0]["when"]
    assert when == {"field": "", "op": "contains", "value": "cable"}
    assert {"if_else.true->chroma_db.ingest_data", "if_else.default->chat_output.value"} <= edges(found.graph)
    assert nodes["chroma_db"].config["chroma_server_api_key"] == ""
    assert how(found, "a key in Chroma DB") == ["left out"]
    assert [note.text for note in found.graph.notes.values()] == ["# Read me\nSet your key first."]
    assert found.graph.places["openai"] == (400, 160)


def test_flowise_keeps_agents_choices_people_and_the_way_back() -> None:
    found = sample("desk.flowise.json")
    nodes = found.graph.nodes
    desk = nodes["which_desk"].config
    assert (desk["mode"], desk["model"], desk["instructions"]) == (
        "model",
        "openai/gpt-4o-mini",
        "Which desk should answer?",
    )
    assert nodes["general"].config["prompt"] == "Answer: {{ question }}"
    assert nodes["general"].config["output_schema"]["required"] == ["subject"]
    body = {node["id"]: node for node in nodes["loop"].config["body"]["nodes"]}
    refund = body["refund_agent"]["config"]
    assert (
        refund["instructions"] == "You are a refund agent.\nBe kind."
        and refund["model"] == "anthropic/claude-sonnet-4-0"
    )
    assert body["approve"]["config"]["question"] == "Send this refund?"
    assert nodes["reply"].config["template"].startswith("Sent: {{ refund_agent }}")
    assert refund["tools"] == ["calc.*"]


def test_flowise_chains_become_agents() -> None:
    found = sample("chain.flowise.json").graph
    assert found.nodes["translate"].config == {
        "model": "openai/gpt-4o", "instructions": "You translate into French.", "prompt": "{{ text }}"
    }  # fmt: skip
    assert edges(found) == {"question.value->translate.text", "translate.text->answer.value"}


def test_dify_values_by_name_become_edges_and_branches_decide() -> None:
    found = sample("desk.dify.yml")
    nodes = found.graph.nodes
    assert nodes["summary"].config == {
        "model": "openai/gpt-4o-mini", "prompt": "Sum up: {{ query }}", "temperature": 0.3,
        "instructions": "You sum up requests. Braces such as {{ '{{' }} this {{ '}}' }} stay.",
    }  # fmt: skip
    (route,) = nodes["is_it_tea"].config["routes"]
    assert route["when"]["any"] == [
        {"field": "summary", "op": "contains", "value": "tea"}, {"field": "urgent", "op": "equals", "value": 1}
    ]  # fmt: skip
    assert {"is_it_tea.true->answer.after", "is_it_tea.default->standard_words.after", "query.value->summary.query",
            "summary.text->answer.summary", "either.value->answer_2.value"} <= edges(found.graph)  # fmt: skip
    assert nodes["answer"].config["prompt"] == "Answer this: {{ summary }}{% if after %}{% endif %}"
    assert nodes["each_word"].kind == "map" and nodes["each_word"].config["concurrency"] == 4
    assert [node["id"] for node in nodes["each_word"].config["body"]["nodes"]] == ["item", "shout", "result"]


def test_n8n_expressions_become_ports_and_what_hangs_below_an_agent_its_settings() -> None:
    found = sample("chat.n8n.json")
    nodes = found.graph.nodes
    agent = nodes["refund_agent"].config
    assert agent["model"] == "openai/gpt-5-nano" and agent["temperature"] == 0.1 and "history" in agent
    assert agent["prompt"] == "Refund request: {{ refund }}\nGiven: " and agent["instructions"] == "You handle refunds."
    assert nodes["letter"].config["template"] == "Dear customer, {{ refund_agent }}"
    assert {"refund.true->refund_agent.refund", "refund.default->basic_llm_chain.refund"} <= edges(found.graph)
    assert nodes["slack"].kind == "n8n.slack" and nodes["slack"].config["parameters"]["channel"] == "#support"
    assert how(found, "an expression") == ["left out"] and how(found, "a key in Slack") == ["left out"]


def test_rivet_ports_are_ours_and_its_subgraphs_are_drawn_in() -> None:
    found = sample("reply.rivet-project")
    nodes = found.graph.nodes
    assert found.graph.name == "Polite answers"
    assert nodes["prompt"].config["template"] == "Answer kindly: {{ question }}"
    assert nodes["chat"].config["instructions"] == "{{ systemprompt }}"
    assert [route["when"]["value"] for route in nodes["match"].config["routes"]] == ["thank", "sorry"]
    assert [node["kind"] for node in nodes["polish"].config["body"]["nodes"]] == ["input", "template", "output"]
    assert {"match.case_1->polish.draft", "polish.letter->coalesce.items"} <= edges(found.graph)
    assert how(found, "Vector Store") == ["placeholder"]


def test_rivet_functions_become_tools_of_the_chat() -> None:
    def node(key: str, sort: str, *ways: str, **data: Any) -> tuple[str, Any]:
        return f'[{key}]:{sort} "{key}"', {"data": data, "visualData": "0/0/10", "outgoingConnections": list(ways)}

    nodes = dict([
        node("sums", "gptFunction", 'function->"list" both/input1', name="calculator", schema="{}"),
        node("mail", "gptFunction", 'function->"list" both/input2', name="send_mail", schema="{}"),
        node("both", "array", 'output->"chat" chat/functions'),
        node("q", "graphInput", 'data->"chat" chat/prompt', id="q", dataType="string"),
        node("chat", "chatAnthropic", 'response->"out" out/value', model="claude-sonnet-4-5"),
        node("out", "graphOutput", id="answer"),
    ])  # fmt: skip
    project = {"version": 4, "data": {"metadata": {"mainGraphId": "g"}, "graphs": {"g": {"nodes": nodes}}}}
    found = imported(json.dumps(project).encode(), "tools.rivet-project")
    assert found.graph.nodes["chat"].config["tools"] == ["calc.*"]
    assert edges(found.graph) == {"q.value->chat.prompt", "chat.text->answer.value"}
    assert how(found, "send_mail") == ["placeholder"]


def test_a_newer_file_is_said_to_be_one() -> None:
    for name, old, new in (("desk.dify.yml", "0.3.1", "9.0.0"), ("reply.rivet-project", "version: 4", "version: 7"),
                           ("blog.langflow.json", "1.4.3", "9.1.0")):  # fmt: skip
        text = (SAMPLES / name).read_text("utf-8").replace(old, new, 1)
        warnings = [line for line in imported(text.encode(), name).report if line.how == "warning"]
        assert len(warnings) == 1 and "newer" in warnings[0].why


def test_a_bundle_brings_the_graphs_beside_it() -> None:
    inner = b'{"baton": 1, "nodes": [{"id": "x", "kind": "output"}], "edges": []}'
    outer = b'{"baton": 1, "nodes": [{"id": "s", "kind": "subgraph", "config": {"graph": "in.baton.json"}}]}'
    files = {"g.baton.json": outer, "in.baton.json": inner, "data.csv": b"a\n1\n"}
    roles = {"g.baton.json": "graph", "in.baton.json": "subgraph"}
    found = imported(write_bundle(Bundle("g.baton.json", files, roles=roles)), "g.zip")
    assert found.graph.nodes["s"].config["body"]["nodes"][0]["id"] == "x"
    assert how(found, "data.csv") == ["left out"]


@pytest.mark.parametrize("text", [
    b"", b"hello", b"[1, 2]", b'{"nodes": []}', b"\x89PNG\r\n\x1a\n", b"PK\x03\x04", b"kind: app\nx: [",
    b'{"nodes": 3, "edges": 4}',
    b"kind: app\na: &a [1]\nb: *a\n", b'{"nodes": [{"name": 1, "type": 2}], "connections": {"a": {"main": [[3]]}}}',
    b"version: 4\ndata: {graphs: {a: {nodes: {'[x]:chat \"C\"': {data: 3}}}}}", b"graph TD\n",
    b"kind: app\nworkflow: {graph: 5}",
    b"kind: app\n" + b"a: " + b"[" * 5000, b'{"data": {"nodes": [3], "edges": []}}',
])  # fmt: skip
def test_what_is_no_file_of_anybody_is_said_in_words(text: bytes) -> None:
    try:
        assert isinstance(imported(text, "x.yml"), Imported)
    except BatonError as error:
        assert error.message and "Traceback" not in error.message


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.just("{{#1.x#}}"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.slow
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from([name for name in NAMES if name.endswith(("json", "yml", "project"))]), st.data())
def test_files_with_something_else_in_them_never_break_it(name: str, data: st.DataObject) -> None:
    raw = (SAMPLES / name).read_bytes()
    value = json.loads(raw) if name.endswith("json") else read_yaml(raw)
    spot = value
    for _ in range(data.draw(st.integers(1, 7))):
        keys: list[Any] = list(spot) if isinstance(spot, dict) else list(range(len(spot)))
        if not keys:
            return
        key = data.draw(st.sampled_from(keys))
        inner = spot[key]
        if not isinstance(inner, dict | list) or not inner:
            break
        if data.draw(st.booleans()) and len(keys) > 2:
            break
        spot = inner
        key = data.draw(st.sampled_from(list(spot) if isinstance(spot, dict) else list(range(len(spot)))))
    if key in (spot if isinstance(spot, dict) else range(len(spot))):
        spot[key] = data.draw(_values)
    try:
        found = imported(json.dumps(value).encode(), name)
        assert loads(dumps(found.graph)) == found.graph
    except BatonError as error:
        assert error.message


def test_yaml_is_read_without_tags_aliases_or_depth() -> None:
    for text in (b"a: !!python/object/apply:os.system ['touch baton-was-here']", b"a: &x [1]\nb: [*x, *x]",
                 b"[" * 100 + b"]" * 100, b"a: " + b"x" * (5 << 20), b"a: [1, 2"):  # fmt: skip
        with pytest.raises(FileProblem):
            read_yaml(text)
    assert read_yaml(b"when: 2026-11-23\n1: .nan\nt: yes") == {"when": "2026-11-23", "1": None, "t": True}


def test_n8n_tools_become_tools_servers_and_specialists() -> None:
    found = sample("tools.n8n.json")
    nodes, servers = found.graph.nodes, found.graph.head["tool_servers"]
    desk, billing = nodes["desk"], nodes["billing"]
    assert desk.kind == "manager" and desk.config["max_turns"] == 12 and desk.config["hosts"] == ["shop.example.org"]
    assert desk.config["tools"] == ["calc.*", "orders_mcp.search_orders", "orders_mcp.get_order", "web.fetch"]
    assert servers["orders_mcp"] == {"url": "https://tools.example.org/mcp",
                                     "headers": {"Authorization": "Bearer secret://ORDERS_MCP_TOKEN"}}  # fmt: skip
    assert servers["old_mcp"] == {"url": "https://old.example.org/sse", "type": "sse"}
    assert billing.config["tools"] == ["calc.*", "old_mcp.*"] and billing.config["description"] == "Money"
    assert billing.config["prompt"] == "{{ brief }}" and billing.config["instructions"] == "You know invoices."
    inner = {node["id"]: node for node in nodes["write_letter"].config["body"]["nodes"]}
    assert inner["writer"]["config"]["prompt"] == "Write a letter: {{ start.query }}"
    team = {"desk.team->billing.brief", "desk.team->ship_order.brief", "desk.team->write_letter.start"}
    assert team | {"desk.text->archive_it.value", "archive_it.result->answer.value"} <= edges(found.graph)
    assert how(found, "Send mail (gmailTool)") == how(found, "Ship order") == how(found, "Archive") == ["placeholder"]
    assert nodes["ship_order"].config["body"]["nodes"][1]["config"]["workflowId"]["cachedResultName"] == "Ship order"


def test_flowise_tools_become_tools_servers_and_specialists() -> None:
    found = sample("tools.flowise.json")
    clerk = found.graph.nodes["clerk"]
    assert clerk.kind == "manager" and clerk.config["hosts"] == ["docs.example.org"]
    assert clerk.config["tools"] == [
        "calc.*", "clock.now", "orders-mcp.find_order", "bravesearch.brave_web_search", "web.fetch"
    ]  # fmt: skip
    assert "https://docs.example.org/handbook" in clerk.config["instructions"]
    assert found.graph.head["tool_servers"]["orders-mcp"]["env"] == {"ORDERS_API_KEY": "secret://ORDERS_API_KEY"}
    assert "clerk.team->translator.brief" in edges(found.graph)
    assert how(found, "braveSearchMCP") == how(found, "customTool") == how(found, "translator") == ["placeholder"]
    team = sample("team.flowise.json").graph
    assert [team.nodes[name].kind for name in ("lead", "reckoner", "writer")] == ["manager", "agent", "agent"]
    assert team.nodes["reckoner"].config["tools"] == ["calc.*", "rates_example_org.*"]
    assert team.nodes["writer"].config["model"] == "openai/gpt-4o", "that of the supervisor"
    assert {"lead.team->reckoner.brief", "lead.team->writer.brief", "lead.text->answer.value"} <= edges(team)


def test_langflow_tools_become_tools_servers_and_specialists() -> None:
    found = sample("tools.langflow.json")
    lead, analyst = found.graph.nodes["lead"], found.graph.nodes["analyst"]
    assert lead.kind == "manager" and lead.config["tools"] == ["clock.now", "kept.*"]
    assert analyst.config["tools"] == ["calc.*", "web.fetch", "orders.find_order"], "those that are switched on"
    assert analyst.config["prompt"] == "{{ brief }}" and analyst.config["description"] == "Reads tables"
    server = {"command": "uvx", "args": ["orders-mcp"], "env": {"ORDERS_TOKEN": "secret://ORDERS_TOKEN"}}
    assert found.graph.head["tool_servers"] == {"orders": server}
    assert {"lead.team->analyst.brief", "lead.team->run_flow.brief"} <= edges(found.graph)
    assert how(found, "Tavily") == how(found, "Kept MCP") == how(found, "Run Flow") == ["placeholder"]


def test_dify_tools_become_tools_servers_and_specialists() -> None:
    found = sample("tools.dify.yml")
    clerk = found.graph.nodes["clerk"]
    assert clerk.kind == "manager" and clerk.config["tools"] == ["clock.now", "web.fetch", "orders.find_order"]
    assert "clerk.team->translate.brief" in edges(found.graph) and clerk.config["max_turns"] == 7
    assert how(found, "Find order") == how(found, "Tavily") == how(found, "Translate") == ["placeholder"]
    assert how(found, "Code") == ["left out"] and found.graph.nodes["tavily"].config["settings"] == {"max_results": 5}
    tool = {"enabled": True, "provider_type": "builtin", "tool_name": "current_time", "provider_name": "time"}
    chat = {"app": {"name": "c"}, "kind": "app", "model_config": {"agent_mode": {"enabled": True, "tools": [tool]}}}
    assert imported(json.dumps(chat).encode(), "c.yml").graph.nodes["assistant"].config["tools"] == ["clock.now"]


def test_agents_that_call_each_other_make_no_circle() -> None:
    def node(name: str) -> dict[str, Any]:
        return {"name": name, "type": "@n8n/n8n-nodes-langchain.agentTool", "parameters": {}}

    nodes = [{**node("Desk"), "type": "@n8n/n8n-nodes-langchain.agent"}, node("One"), node("Two")]
    ways = [("One", "Desk"), ("Two", "One"), ("One", "Two")]
    below = {name: {"ai_tool": [[{"node": to} for source, to in ways if source == name]]} for name in ("One", "Two")}
    found = imported(json.dumps({"nodes": nodes, "connections": below}).encode(), "round.json")
    assert "desk.team->one.brief" in edges(found.graph) and len(edges(found.graph) & {
        "one.team->two.brief", "two.team->one.brief"}) == 1  # fmt: skip
    assert how(found, "as a specialist of") == ["left out"]


def test_too_much_of_another_tool_is_refused_in_words() -> None:
    nodes = [{"name": f"n{i}", "type": "n8n-nodes-base.noOp", "parameters": {}} for i in range(3001)]
    with pytest.raises(BatonError, match="more than 3,000 nodes"):
        imported(json.dumps({"nodes": nodes, "connections": {}}).encode(), "big.json")


def test_no_key_is_told_in_the_report() -> None:
    key = "sk-ant-" + "abcdefghij1234567890"
    node = {
        "name": "A",
        "type": "x.agent",
        "parameters": {"promptType": "define", "text": f"={{{{ $env['{key}'] }}}} {key}"},
    }
    note = {"name": "N", "type": "n8n-nodes-base.stickyNote", "parameters": {"content": f"Use {key} here"}}
    found = imported(json.dumps({"nodes": [node, note], "connections": {}}).encode(), "k.json")
    assert [text.text[:4] for text in found.graph.notes.values()] == ["Use "]
    assert key not in dumps(found.graph) and not any(key in line.what + line.why for line in found.report)
    assert how(found, "a key in A") == ["left out"]


def test_importing_causes_nothing_outside() -> None:
    seen: list[str] = []
    watching = [True]

    def hook(event: str, args: Any) -> None:
        if watching and event.startswith(
            ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork")
        ):
            seen.append(event)

    importers()
    sys.addaudithook(hook)
    for name in NAMES:
        sample(name)
    watching.clear()
    assert not seen and not Path("baton-was-here").exists()
