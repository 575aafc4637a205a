"""Templates: what people write works as in Jinja, and what a stranger writes ends soon, with a word why."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.base.errors import NodeError
from engine.base.values import TEXT_CAP
from engine.kinds.templates import names, render

ROWS = [{"id": i, "name": f"n{i}", "tags": ["a", "b"]} for i in range(4)]
VALUES: dict[str, Any] = {"a": "some words", "n": 3, "f": 2.5, "rows": ROWS, "d": {"k": 1}, "no": None, "e": []}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("Dear {{ a }}, {{ n }}{{ no }}", "Dear some words, 3"),
        ("{{ a | upper | truncate(7, true, '+', 0) }}|{{ a|title }}|{{ a[:4] }}", "SOME W+|Some Words|some"),
        ("{% for r in rows if r.id in [1, 3] %}{{ loop.index }}/{{ loop.length }} {{ r.name }};{% endfor %}",
         "1/2 n1;2/2 n3;"),
        ("{% for r in e %}x{% else %}none{% endfor %}", "none"),
        ("{% for k, v in d.items() %}{{ k }}={{ v }}{% endfor %}{% for k, v in d|items %}{{ k }}{% endfor %}", "k=1k"),
        ("{% for x in [1, 2, 3] %}{{ loop.cycle('a', 'b') }}{{ loop.last }} {% endfor %}", "afalse bfalse atrue "),
        ("{{ rows | map(attribute='name') | join(', ') }}", "n0, n1, n2, n3"),
        ("{{ rows | join('-', attribute='tags.0') }}", "a-a-a-a"),
        ("{{ rows | selectattr('id', 'gt', 1) | sum(attribute='id') }}", "5"),
        ("{% for part in rows | batch(3) %}{{ part | length }}{% endfor %}", "31"),
        ("{{ 'n=%05.1f %s' % (f, a) }}|{{ '%03d' | format(n) }}", "n=002.5 some words|003"),
        ("{{ n + 1 }} {{ n * 2 }} {{ n ** 2 }} {{ 7 // 2 }} {{ 7 % 4 }} {{ -n }} {{ '=' * 3 }}", "4 6 9 3 3 -3 ==="),
        ("{{ 1 < n < 9 }}{{ 1 < n < 2 }}{{ n != 3 }}{{ 'x' not in a }}{{ n is odd }}", "truefalsefalsetruetrue"),
        ("{{ n if n > 2 else 0 }}{% if not e and (n or f) %}y{% endif %}", "3y"),
        ("{{ missing is defined }}{{ missing | default('q') }}", "falseq"),
        ("{% set x = n + 1 %}{% with y = x %}{{ y }}{% endwith %}{% raw %}{{ z }}{% endraw %}{# no #}", "4{{ z }}"),
        ("{{ a.replace('words', 'x').split(' ') | join('+') }}{{ a.startswith('some') }}", "some+xtrue"),
        ("{{ 'v: ' ~ d ~ no ~ n }}", 'v: {\n  "k": 1\n}3'),
        ("{{ a | indent(2) }}{{ '<' | e }}{{ d | tojson }}{{ 'b a' | replace(' ', '') }}", 'some words&lt;{"k": 1}ba'),
        ("{{ rows | groupby('name') | length }}{{ [3, 1] | sort | first }}{{ f | round | int }}", "412"),
    ],
)  # fmt: skip
def test_what_people_write_reads_as_in_jinja(template: str, text: str) -> None:
    assert render(template, VALUES) == text


@pytest.mark.parametrize(
    ("template", "word"),
    [
        ("{% macro m() %}{% endmacro %}{{ a }}", "macro"), ("{% block b %}{{ a }}{% endblock %}", "block"),
        ("{% include 'x' %}{{ a }}", "include"), ("{% import 'x' as y %}{{ a }}", "import"),
        ("{% set x %}{{ a }}{% endset %}", "set"), ("{% filter upper %}{{ a }}{% endfilter %}", "filter"),
        ("{% for x in rows recursive %}{{ loop(x) }}{% endfor %}", "loop"), ("{{ a | nosuch }}", "nosuch"),
        ("{{ a is nosuch }}", "nosuch"), ("{{ a", "end of print"), ("{{ " + "(" * 5000 + "a }}", "nested"),
        ("{{ [" + "1," * 60_000 + "] }}", "too many"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_said_before_the_run(template: str, word: str) -> None:
    with pytest.raises(NodeError, match=word) as error:
        names(template)
    assert error.value.error_class == "bad_request"


HUGE = [
    "{{ '%999999999d' % 1 }}", "{{ '%*d' % (999999999, 1) }}", "{{ '%999999999d' | format(1) }}",
    "{{ '%.999999999f' % 1.5 }}", "{{ '%(x)999999999d' % {'x': 1} }}",
    "{{ '%(x)# 999999999d' | format(x=1) }}", "{{ '%((x))999999999d' % {'(x)': 1} }}",
    "{{ '%s' * 9999 % (many | map('default', big, true) | list) }}", "{{ '%(x)s' * 2000 % {'x': big} }}",
    "{{ '%d%d%d 99999999d%((' * 1000 % 1 }}", "{{ '{:>999999999}'.format(1) }}",
    "{{ a.center(10**9) }}", "{{ a.zfill(10**9) }}", "{{ a.ljust(width=10**9) }}", "{{ a | center(10**9) }}",
    "{{ [a, a] | map('center', 10**9) | list }}", "{{ a | list | map('replace', 'x', big) | list | length }}",
    "{{ many | map('default', big, true) | list | length }}", "{{ many | map('default', big, true) | join }}",
    "{{ big.join(many) }}", "{{ many | join(big) }}", "{{ many | batch(10**9, 'x') | list | length }}",
    "{{ many | slice(10**9) | list | length }}", "{{ many | slice(9999, big) | list | length }}",
    "{{ a | replace('', big) }}", "{{ a.replace('', big) }}", "{{ a | indent(10**9) }}", "{{ lines | indent(big) }}",
    "{{ a | tojson(indent=10**9) }}", "{{ 1.5 | round(10**9, 'floor') }}", "{{ 9 ** 9 ** 999 }}", "{{ 'x' * 10**9 }}",
    "{{ (2**19000) * (2**19000) }}", "{{ ('f' * 4000000) | int(base=16) }}", "{{ [big] * 10**6 }}",
    "{{ [rows, rows] | sum(start=[]) }}", "{{ big ~ big }}", "{{ big + big }}", "{{ (big, big) | join }}",
    "{% for i in big %}{% endfor %}",
    "{% for i in many %}{% for j in many %}{% for k in many %}{% endfor %}{% endfor %}{% endfor %}",
    "{% for i in many %}" + "{{ '' }}" * 5000 + "{% endfor %}", "{% for i in a recursive %}{{ loop(a) }}{% endfor %}",
    "{% for i in many %}{% if big == other %}{% endif %}{% endfor %}",
    "{% for i in many %}{% if big[1:] == 'x' %}{% endif %}{% endfor %}",
    "{% for i in many %}{% if 'zz' in big %}{% endif %}{% endfor %}",
    "{% for i in many %}{% if big is eq(other) %}{% endif %}{% endfor %}",
    "{% for i in many %}{% if many in [many[1:], 2] %}{% endif %}{% endfor %}",
    "{% for i in many %}{% set x = big | upper %}{% endfor %}",
    "{% for i in many %}{% set x = big.find('q') %}{% endfor %}",
    "{% for i in many | map('list') %}{{ i }}{% endfor %}", "{{ many | map('center', 4000) | list | length }}",
    "".join("{% for b in a %}" for _ in range(30)) + "{% endfor %}" * 30,
    "{% set v0 = [a, a] %}" + "".join(f"{{% set v{i + 1} = [v{i}, v{i}] %}}" for i in range(40)) + "{{ v40 }}",
    "{% set v0 = [n, n] %}" + "".join(f"{{% set v{i + 1} = v{i} + v{i} %}}" for i in range(40)) + "{{ v40 }}",
    "{% set v0 = a %}" + "".join(f"{{% set v{i + 1} = v{i} ~ v{i} %}}" for i in range(40)) + "{{ v40 }}",
    "{% set v0 = {'k': a} %}" + "".join(f"{{% set v{i + 1} = {{'k': v{i}, 'l': v{i}}} %}}" for i in range(40))
    + "{{ v40 == v39 }}",
    "{% set v0 = 2 %}" + "".join(f"{{% set v{i + 1} = v{i} * v{i} %}}" for i in range(60)) + "{{ v60 }}",
    "{{ deep }}", "{{ deep | tojson }}", "{{ deep == deep[0] }}", "{{ deep | string }}", "{{ [deep] ~ deep }}",
]  # fmt: skip
"""Short templates that would take hours or all memory."""

ALONE = """
import json, resource, sys
from engine.base.errors import NodeError
from engine.kinds.templates import render
deep = []
for _ in range(100_000):
    deep = [deep]
many = [0] * 100_000
values = {"a": "x" * 2000, "big": "y" * 4_000_000, "other": "y" * 4_000_000 + "z", "n": 3, "many": many, "rows": [[1]],
          "lines": "\\n" * 10_000, "deep": deep}
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
for template in json.load(sys.stdin):
    try:
        said = f"a text of {len(render(template, values))} signs"
    except NodeError as error:
        said = f"{error.error_class}: {error}"
    print(json.dumps([template, said]), flush=True)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are set as on Linux")
def test_templates_of_a_stranger_end_in_little_time_and_memory() -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (1024**3, 1024**3))

    done = subprocess.run(
        [sys.executable, "-c", ALONE], input=json.dumps(HUGE), capture_output=True, text=True, preexec_fn=limit,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, (done.stdout.splitlines()[-1:], done.stderr[-2000:])
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [template for template, _ in told] == HUGE
    assert not [pair for pair in told if not pair[1].startswith("bad_request: The template cannot be ")]


def operands() -> st.SearchStrategy[str]:
    """Expressions of Jinja, of all that makes something out of something."""
    plain = st.sampled_from(["a", "n", "rows", "d", "f", "e", "'x'", "99", "[a, a]", "{'k': rows}", "no"])
    word = st.sampled_from(["~", "+", "*", "%", "**", "==", "in", "and", "-", "//"])
    filters = st.sampled_from([
        "list", "upper", "join(a)", "replace('x', a)", "batch(99)", "slice(9)", "map('center', 99)", "center(999)",
        "indent(9)", "tojson", "length", "sort", "default(rows)", "format(a)", "string", "e", "urlencode", "first",
        "reverse", "unique | list", "title", "int", "round(3)", "sum", "groupby(0)", "random",
    ])  # fmt: skip

    def more(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return (
            st.builds("({} {} {})".format, inner, word, inner)
            | st.builds("({} | {})".format, inner, filters)
            | st.builds("[{0}, {1}, {0}]".format, inner, inner)
            | st.builds("({}[:{}])".format, inner, st.sampled_from(["2", "n", ""]))
        )

    return st.recursive(plain, more, max_leaves=12)


@pytest.mark.slow
@settings(max_examples=80)
@given(first=operands(), inner=operands(), test=operands(), last=operands())
def test_any_template_gives_a_text_within_the_cap_or_says_why_not(first: str, inner: str, test: str, last: str) -> None:
    template = (
        f"{{% set b = {first} %}}{{% for i in b %}}{{% for j in {inner} if {test} %}}{{{{ {last} }}}}{{{{ i ~ j }}}}"
        f"{{% endfor %}}{{% endfor %}}{{{{ b }}}}"
    )
    try:
        assert len(render(template, VALUES)) <= TEXT_CAP
    except NodeError as error:
        assert error.error_class == "bad_request"
