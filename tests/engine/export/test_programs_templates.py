"""Templates as Python: the same text as Jinja gives in the app, whatever a template uses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from llmock.pytest_plugin import LLMock

from engine.kinds.templates import names
from engine.testing import build
from tests.engine.export.programs import as_program, both

VALUES: dict[str, Any] = {
    "o": {"b": 2, "A": 1, "c": {"d": [1, 2, 3]}, "say": "hi there, you"},
    "xs": [{"n": 3, "w": "beta"}, {"n": 1, "w": "Alpha"}, {"n": 2, "w": "beta"}],
    "ws": ["b", "a", "B", "c"], "t": "the quick (brown) fox\njumps over\n\nit & 'that' <b>",
    "n": 7.46, "no": None, "e": [],
}  # fmt: skip
TEMPLATES = (
    "{% for k, v in o.items() %}{{ loop.index }} {{ k }}={{ v }};{% endfor %}",
    "{% for k, v in o | dictsort %}{{ k }}{{ loop.revindex0 }}{% else %}none{% endfor %}",
    "{% for k, v in o | dictsort(reverse=true) if v != 2 %}{{ loop.last }} {{ k }}\n{% endfor %}",
    "{% for i, (a, b) in [[1, [2, 3]], [4, [5, 6]]] %}{{ i + a * b }} {% endfor %}",
    "{% for k, g in xs | groupby('w') %}{{ k }}:{{ g | map(attribute='n') | join('+') }} {% endfor %}",
    "{% set total = 1 %}{% if n > 7 %}{% set total = total + 5 %}{% endif %}{{ total }}{% for x in ws %}"
    "{% set total = x %}{% endfor %}{{ total }}",
    "{% with a = n, b = 'x' %}{{ b }}{{ a }}{% endwith %}{% for x in e %}{{ x }}{% else %}empty{% endfor %}",
    "{% for x in ws %}{{ loop.cycle('odd', 'even') }}{{ x }}{% for y in o.c.d %}{{ y }}{{ loop.length }}"
    "{% endfor %}{% endfor %}",
    "{{ o.missing | default('none') }} {{ no | default('x', true) }} {{ o.c.d is defined }} "
    "{{ o.nope is undefined }}",
    "{{ xs | sort(attribute='w,n') | map(attribute='n') | join(',') }} {{ ws | sort | join }} "
    "{{ ws | unique | join }}",
    "{{ xs | selectattr('n', 'gt', 1) | map(attribute='w') | map('upper') | join('/') }} "
    "{{ xs | rejectattr('n', '==', 3) | list | length }} "
    "{{ ws | select('in', ['a', 'c']) | join }} {{ ws | reject('eq', 'a') | join }}",
    "{{ xs | sum(attribute='n') }} {{ xs | max(attribute='n') }} {{ ws | min }} "
    "{{ ws | reverse | join }} {{ ws | first }}",
    "{{ o | tojson }} {{ xs | tojson(indent=2) }} {{ t | title }} {{ t | truncate(12) }} "
    "{{ t | truncate(9, true, '') }}",
    "{{ t | indent }} {{ t | indent(2, true) }} {{ t | wordcount }} {{ t | upper | escape }} "
    "{{ t | e }} {{ t | urlencode }}",
    "{{ n | round }} {{ n | round(1) }} {{ n | round(1, 'floor') }} {{ n | int }} {{ '12' | int + 1 }} "
    "{{ 'x' | float }}",
    "{{ ws | batch(3, '-') | list }} {{ ws | slice(3) | list }} {{ 'ab' | center(6) }}| "
    "{{ 1500000 | filesizeformat }}",
    "{{ ws[1:] }} {{ ws[-1] }} {{ t[:3] ~ n ~ 1 }} {{ 7 // 2 }} {{ 7 % 4 }} {{ -n }} {{ 2 ** 3 }} {{ 'a' if no }}|",
    "{{ '%s of %s' | format(1, 'b') }} {{ no is none }} {{ n is number }} {{ 3 is odd }} "
    "{{ ws is iterable }} {{ o is mapping }}",
    "{{ o.get('zz', 'other') }} {{ t.split() | length }} {{ t.replace('quick', 'slow')[:8] }} "
    "{{ ', '.join(ws) }} {{ o.keys() | list }}",
    "{{ {'k': [1, (2, 3)]} }} {{ 'b' in ws and not no }} {{ [1, 2] + [3] }} {{ xs[0].w | capitalize }} "
    "{{ o['b'] }} {{ t | abs }}",
)  # fmt: skip


async def test_templates_read_the_same(llmock: LLMock, tmp_path: Path) -> None:
    nodes: dict[str, Any] = {name: ("input", {"default": value, "type": "any"}) for name, value in VALUES.items()}
    edges: list[str] = []
    for number, template in enumerate(TEMPLATES):
        nodes[f"made{number}"] = (
            "template",
            {"template": template, "optional": list(VALUES), "on_error": {"value": "-"}},
        )
        nodes[f"out{number}"] = "output"
        edges.append(f"made{number}.text -> out{number}.value")
    edges += [f"{name}.value -> made{n}.{name}" for n, each in enumerate(TEMPLATES) for name in names(each)]
    graph = build(nodes, *edges)
    assert not [told for told in as_program(graph).inexact if "placeholder" in told]
    app, program, _ = await both(graph, llmock, tmp_path)
    ours, theirs = json.loads(program.stdout), dict(app.outputs)
    assert ours == theirs, program.stderr
    failed = [name for name, said in theirs.items() if said == "-"]
    assert failed == [f"out{len(TEMPLATES) - 1}"], "only the last one asks for what cannot be"
