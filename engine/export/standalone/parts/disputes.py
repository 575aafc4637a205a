"""Lets a person end the conflicts of a merge, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.export.standalone.parts.merging import Conflict, alternatives
from engine.export.standalone.parts.people import choice


async def by_person(conflicts: Sequence[Conflict]) -> list[tuple[Any, dict[str, Any]]]:
    """What a person decides for each conflict."""
    return [
        conflict.follow(
            await choice(f"Who is right at “{conflict.path or 'value'}”?", alternatives(conflict)), "person"
        )
        for conflict in conflicts
    ]
