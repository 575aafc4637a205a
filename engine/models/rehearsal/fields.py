"""What a text says under a name: finds the value for a field such as `email`, `due_date`, `title` or `price`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import re2

from engine.models.rehearsal.language import stem, words
from engine.models.rehearsal.shape import Material

_NUMBER = r"[-+]?\d+(?:[.,]\d{3})*(?:\.\d+)?"
_SHAPES: Mapping[str, str] = {
    "email": r"([\w.+-]+@[\w-]+(?:\.[\w-]+)+)",
    "url": r"(https?://[^\s<>\"')\]]+)",
    "path": r"((?:[\w.-]+/)+[\w.-]+|\b[\w-]+\.(?:py|md|txt|csv|json|ya?ml|html?|toml|js|ts)\b)",
    "date": r"\b(\d{4}-\d{2}-\d{2})\b",
    "person": r"\b([A-Z][a-z]+(?: [A-Z][a-z]+)+)\b",
    "proper": r"[a-z,;] ([A-Z][A-Za-z]+(?: [A-Z][a-z]+)*)",
    "quoted": r"[\"“`]([^\"”`\n]{1,200})[\"”`]",
}
"""Searched by re2, in linear time whatever the text: the usual engine takes a minute on a long run of letters."""
_STANDINS: Mapping[str, str] = {
    "date": "2026-01-01", "date-time": "2026-01-01T00:00:00Z", "time": "00:00:00Z", "email": "name@example.org",
    "uri": "https://example.org", "url": "https://example.org", "hostname": "example.org", "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1", "uuid": "00000000-0000-4000-8000-000000000000", "duration": "P1D",
}  # fmt: skip


def labelled(text: str, name: str) -> str:
    """What stands behind `name:` or `name =` in a text, as in a form or a log; empty when nothing does."""
    spelled = r"[\s_-]*".join(re.escape(part) for part in words(name.replace("_", " ")))
    if not spelled:
        return ""
    found = re.search(rf"(?im)(?:^|[\s,;*\"{{]){spelled}[\"*]*\s*[:=]\s*[\"*]*([^\n;,\"]{{1,400}})", text)
    return found[1].strip().rstrip("*").strip() if found else ""


def number(text: str, name: str) -> float | None:
    """A number that stands beside `name` in a text, else None."""
    for part in words(name.replace("_", " ")):
        near = rf"(?i)\b{re.escape(part)}\w*\W{{0,12}}({_NUMBER})|({_NUMBER})\s*{re.escape(part)}"
        if len(part) > 2 and (found := re.search(near, text)):
            return float((found[1] or found[2]).replace(",", ""))
    return None


def formatted(text: str, kind: str) -> str:
    """A text of a JSON Schema `format`: one that stands in the text, else a harmless stand-in."""
    shape = {"uri": "url", "uri-reference": "url", "idn-email": "email"}.get(kind, kind)
    found = re2.search(_SHAPES[shape], text) if shape in ("email", "url", "date") else None
    return str(found[1]) if found else _STANDINS.get(kind, "")


def named(material: Material, name: str, place: int) -> str:
    """A text for a field of this name: labelled in the text, found by its usual shape, or made of its sentences.

    Args:
        place: the how-maniest of several like it (in a list), so that they differ.
    """
    if place == 0 and (said := labelled(material.body, name)):
        return said
    for root in reversed([stem(word) for word in words(name.replace("_", " "))]):
        if (make := _BY_NAME.get(root)) and (made := make(material, place)):
            return made
    return pick(material.top(8), place) or material.body.strip() or "text"


def pick(items: list[str], place: int) -> str:
    """The item at `place`, counted round; empty when there is none."""
    return items[place % len(items)] if items else ""


def _shape(shape: str) -> Callable[[Material, int], str]:
    def find(material: Material, place: int) -> str:
        return pick(list(dict.fromkeys(re2.findall(_SHAPES[shape], f"{material.body}\n{material.ask}"))), place)

    return find


def _term(material: Material, place: int) -> str:
    return pick(material.terms, place)


def _title(material: Material, place: int) -> str:
    text = " and ".join(material.terms[:2]) if place == 0 else pick(material.terms, place)
    return text[:1].upper() + text[1:]


def _sentence(material: Material, place: int) -> str:
    return pick(material.top(8), place)


def _summary(material: Material, place: int) -> str:
    return " ".join(material.top(3)) if place == 0 else pick(material.top(8), place)


def _query(material: Material, place: int) -> str:
    return _shape("quoted")(material, place) or " ".join(material.terms[:3])


def _whole(material: Material, place: int) -> str:
    return material.body.strip() if place == 0 else pick(material.sentences, place)


def _by_name(makers: Mapping[str, Callable[[Material, int], str]]) -> dict[str, Callable[[Material, int], str]]:
    return {stem(name): make for names, make in makers.items() for name in names.split()}


_BY_NAME = _by_name(
    {
        "email mail": _shape("email"),
        "url link uri website": _shape("url"),
        "path file filename": _shape("path"),
        "date day deadline": _shape("date"),
        "name person author customer": _shape("person"),
        "city country place location company": _shape("proper"),
        "title headline subject heading": _title,
        "keyword tag topic term category label entity key": _term,
        "query question search": _query,
        "summary abstract overview conclusion answer result": _summary,
        "content body text message brief input": _whole,
        "fact finding point sentence quote description note reason evidence claim": _sentence,
    }
)
