"""`baton kinds`: what nodes there are, with their ports and settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.cli.console import new_app, paint, say, say_json
from engine.cli.options import AsJson

if TYPE_CHECKING:
    from engine.kinds.registry import AnyKind

app = new_app()


@app.command()
def kinds(as_json: AsJson = False) -> None:
    """List the kinds of nodes with their ports and settings."""
    from engine.kinds.registry import Kinds

    rows = [described(kind) for kind in sorted(Kinds.load(), key=lambda kind: (kind.group, kind.name))]
    if as_json:
        say_json({"kinds": rows})
        return
    for row in rows:
        say(f"{paint(row['name'], 'bold')}  {row['hint']}")
        say(f"    takes {_ports(row['takes'])}; gives {_ports(row['gives'])}")
        say(f"    settings: {', '.join(row['settings'])}")


def described(kind: AnyKind) -> dict[str, Any]:
    """A kind as data: its ports are those of a freshly added node."""
    from engine.base.errors import NodeError
    from engine.kinds.contract import Ports
    from engine.kinds.fields import form_fields

    try:
        ports = kind.ports(kind.Config.model_validate(dict(kind.starter)))
    except (NodeError, ValueError):
        ports = Ports()
    return {
        "name": kind.name,
        "title": kind.title,
        "group": kind.group,
        "hint": kind.hint,
        "needs_trust": kind.needs_trust,
        "takes": [{"name": port.name, "type": port.type, "many": port.many, "required": port.required}
                  for port in ports.inputs],
        "gives": [{"name": port.name, "type": port.type} for port in ports.outputs],
        "settings": [field.name for field in form_fields(kind.Config)],
    }  # fmt: skip


def _ports(ports: list[dict[str, Any]]) -> str:
    return ", ".join(port["name"] for port in ports) or "nothing"
