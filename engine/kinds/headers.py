"""Headers of requests as a setting: the field, what is wrong with them, and the secrets that are sent along (T3)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

from pydantic import Field

from engine.base.errors import NodeError
from engine.kinds.contract import Finding
from engine.kinds.fields import Hint
from engine.kinds.secrets import secrets_in

_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+\Z")


def headers_field(example: str) -> Any:
    """The field; `example` is a value with a secret in it."""
    return Field(
        {}, title="Headers", json_schema_extra=Hint("pairs").extra(),
        description=f"Name and value; a secret by its name, as {example}.",
    )  # fmt: skip


def header_findings(names: Iterable[str], reserved: Collection[str] = ()) -> Iterator[Finding]:
    """Headers that cannot be set; `reserved` are those that belong to the connection, in lower case."""
    for name in names:
        if not _NAME.match(name) or name.lower() in reserved:
            yield Finding("error", "bad_header", f"“{name}” cannot be set as a header.", "Remove it.")


def refuse_unsendable(headers: Mapping[str, str]) -> None:
    """Refuses values, filled in, that would be more than a header.

    Raises:
        NodeError: `bad_request`: one has line breaks or other control characters.
    """
    for name, text in headers.items():
        if not text.isprintable():
            raise NodeError("bad_request", f"The value of the header “{name}” has line breaks or control characters.")


def secret_findings(address: str) -> Iterator[Finding]:
    """A secret in an address, which ends up in logs."""
    if "secret://" in address:
        yield Finding("error", "secret_in_url", "Its address names a secret, and addresses end up in logs.",
                      "Send the secret in a header.")  # fmt: skip


def told_secrets(templates: Iterable[str]) -> str:
    """The secrets that templates send, for the list of what a graph could do: ` with the secret A, B`, or ""."""
    names = secrets_in(templates)
    return f" with the secret {', '.join(names)}" if names else ""
