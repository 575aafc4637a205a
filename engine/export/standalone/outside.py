"""Steps that reach outside as Python source: requests, files, people, code."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from textwrap import indent as indented
from typing import Any, Final

from engine.base.values import TEXT_CAP, texts_in
from engine.export.standalone.draft import IN, Beyond, Draft, called
from engine.export.standalone.writing import literal, quoted
from engine.kinds.secrets import NAMED

_WHOLE: Final = re.compile(r"\s*\{\{\s*([a-z_][a-z0-9_]*)\s*\}\}\s*\Z")
_LEADING: Final = re.compile(r"\s*\{\{[^{}]*\}\}")


def http(draft: Draft) -> None:
    config, url = draft.config, draft.config.url.strip()
    start = found.end() if (found := _LEADING.match(url)) else 0
    address = [draft.text(url[:start])] if start else []
    address += [draft.text(url[start:], shown="address_part")] if url[start:] else []
    headers = {name: _sent(draft, value) for name, value in config.headers.items()}
    given = [quoted(config.method), " + ".join(address) or '""']
    given.append(f"{{{', '.join(f'{quoted(name)}: {value}' for name, value in headers.items())}}}")
    given += [f"body={filled(draft, config.body)}"] if config.body is not None else []
    secret = [name.lower() for name, value in config.headers.items() if "secret://" in value]
    secret += ["body"] if any("secret://" in value for value in texts_in(config.body)) else []
    given += [f"secret={literal(secret)}"] if secret else []
    given += ["fail_on_status=False"] if not config.fail_on_status else []
    given += [f"most_bytes={config.max_bytes}"] if config.max_bytes != TEXT_CAP else []
    draft.lines += called(f"await {draft.use('fetch')}", given, "    return ")


def remote_agent(draft: Draft) -> None:
    config = draft.config
    headers = ", ".join(f"{quoted(name)}: {quoted(value)}" for name, value in config.headers.items())
    given = [quoted(config.card.strip()), draft.names["message"], f"{{{headers}}}"]
    given += [f"idle_s={config.idle_s!r}"] if config.idle_s != 60 else []
    given += [f"limit_s={config.timeout_s!r}"] if config.timeout_s != 300 else []
    draft.lines.append(f"    return await {draft.use('errand')}({', '.join(given)})")


def _sent(draft: Draft, template: str) -> str:
    """What is sent; a secret is what the graph names, never what a value of a run looks like."""
    names = dict(draft.names)

    def marked(found: re.Match[str]) -> str:
        mark = f"secret_{len(names)}_"
        names[mark] = f"{draft.use('secrets')}({quoted(found[0])})"
        return f"{{{{ {mark} }}}}"

    return draft.text(NAMED.sub(marked, template), names=names)


def filled(draft: Draft, value: Any) -> str:
    """JSON whose texts are templates; a text that is nothing but a placeholder becomes the value itself."""
    if isinstance(value, str):
        whole = _WHOLE.match(value)
        return draft.names[whole[1]] if whole and whole[1] in draft.names else _sent(draft, value)
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{quoted(key)}: {filled(draft, item)}' for key, item in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(filled(draft, item) for item in value)}]"
    return literal(value)


def files(draft: Draft) -> None:
    config = draft.config
    given = f"{quoted(config.root)}, {quoted(config.glob)}, {config.max_files}"
    given += f", binary={quoted(config.binary)}" if config.binary != "skip" else ""
    draft.lines.append(f"    return {draft.use('read_files')}({given})")


def write_files(draft: Draft) -> None:
    given = f"{quoted(draft.config.root)}, {draft.names['files']}, {draft.config.on_conflict!r}"
    draft.lines.append(f"    return await {draft.use('write_files')}({given})")
    if draft.config.on_conflict == "ask":
        draft.notes.append(f"“{draft.node.id}” asks on the terminal about a file that it would overwrite unseen.")


def review(draft: Draft) -> None:
    value = draft.names["value"]
    draft.lines.append(f"    return await {draft.use('review')}({draft.text(draft.config.question)}, {value})")
    draft.notes.append(f"“{draft.node.id}” asks on the terminal, without a form and a deadline.")


def code(draft: Draft) -> None:
    """The source as it means, not as it was written: comments go."""
    try:
        source = ast.unparse(ast.parse(draft.config.source))
    except (SyntaxError, ValueError, RecursionError):
        raise Beyond("its source cannot be read") from None
    draft.lines += [indented(source, " " * IN), ""]
    named = ", ".join(f"{port}={name}" for port, name in draft.names.items())
    made = f"await {draft.use('worked')}(lambda: run({named}))"
    draft.lines.append(f"    return {made}" if draft.config.outputs else f'    return {{"value": {made}}}')
    draft.notes.append(f"“{draft.node.id}” runs its code within the program, without limits.")
