"""Writes the rehearsal model's text: the instruction decides the form, the given text is all of the content."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from engine.models.rehearsal.language import clip, key_terms, sentences, stem, stems, words
from engine.models.rehearsal.rank import top
from engine.models.rehearsal.tables import Row, describe, rows

_FORMS: dict[str, str] = {
    "review": "review critique critic feedback evaluate assess proofread improve check judge audit",
    "translate": "translate translation",
    "plan": "plan steps roadmap schedule procedure",
    "tests": "test tests testing",
    "reply": "reply respond",
    "outline": "outline structure contents agenda",
    "title": "title headline subject",
    "code": "implement implementation code function program script refactor",
    "points": "bullet bullets list points facts findings notes collect research extract gather find compare keywords",
    "summary": "summarise summarize summary shorten condense abstract brief tldr",
    "write": "write draft compose article blog essay report answer merge combine synthesise "
    "synthesize explain describe edit publish rewrite help",
}
_BY_STEM = {stem(word): form for form, names in _FORMS.items() for word in names.split()}
_REPLIES = frozenset(stem(word) for word in ("customer", "letter", "email", "politely"))
_ASK = re.compile(r"\s*([^\n:]{3,240}):\s+(?=\S)")
_LONGEST_ASK = 400
_MARKS = re.compile(r"(?m)^\[.{1,300} [0-9a-f]{8}\]$\n*")
"""Lines that stand around the parts of a merge (`engine.agents.parts.fenced`): no text of theirs."""


@dataclass(frozen=True)
class Material:
    """What a request gives to work with: what is asked, of whom, and the text itself."""

    ask: str
    system: str
    body: str

    @classmethod
    def of(cls, prompt: str, system: str, results: str = "") -> Material:
        """Divides a prompt into what it asks and the text that it gives; tools' results are text too."""
        ask, body = divide(_MARKS.sub("", clip(prompt)))
        return cls(ask, clip(system), clip("\n\n".join(filter(None, [results, body] if results else [body]))))

    @cached_property
    def sentences(self) -> list[str]:
        return sentences(self.body)

    @cached_property
    def terms(self) -> list[str]:
        return key_terms(self.body) or ["the text"]

    @cached_property
    def stems(self) -> list[str]:
        return stems(self.body)

    @cached_property
    def _tops(self) -> dict[int, list[str]]:
        return {}

    @cached_property
    def table(self) -> list[Row]:
        return rows(self.body)

    def top(self, limit: int) -> list[str]:
        """The most telling sentences of the text, in its order."""
        if limit not in self._tops:
            self._tops[limit] = top(self.sentences, limit)
        return self._tops[limit]


def divide(prompt: str) -> tuple[str, str]:
    """What a prompt asks, and the text it gives: before and after a colon, or the paragraph that sounds like orders."""
    text = prompt.strip()
    if (found := _ASK.match(text)) and form_of(found[1]):
        return found[1].strip(), text[found.end() :].strip()
    paragraphs = [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]
    for place in (0, -1):
        part = paragraphs[place] if len(paragraphs) > 1 else ""
        if part and len(part) <= _LONGEST_ASK and form_of(" ".join(part.split()[:6])):
            rest = paragraphs[1:] if place == 0 else paragraphs[:-1]
            return part.rstrip(":"), "\n\n".join(rest)
    return "", text


def form_of(text: str) -> str:
    """The form that a text asks for by its first fitting word; empty when it asks for none."""
    roots = [stem(word) for word in words(text)]
    found = [_BY_STEM[root] for root in roots if root in _BY_STEM]
    if found[:1] == ["write"]:  # "write tests" and "answer the customer" say with the object what is wanted
        return "tests" if "tests" in found else "reply" if _REPLIES & set(roots) else "write"
    return found[0] if found else ""


def compose(material: Material) -> str:
    """The reply: made of the given text's own sentences and of observations about it, never of anything else."""
    form = form_of(material.ask) or form_of(material.system) or "summary"
    if not material.sentences:
        return "There is no text to work on."
    if material.table and form in _OF_TABLES:
        return f"What the table holds:\n\n{_list(describe(material.table))}"
    if len(material.sentences) <= 2 and form in _SHORT:
        return _SHORT[form](material)
    return _LONG[form](material)


def _cap(text: str) -> str:
    return text[:1].upper() + text[1:]


def _title(material: Material) -> str:
    if heading := re.search(r"(?m)^#+\s+(\S.*)$", material.body):
        return heading[1].strip()
    first = material.sentences[0]
    return first.rstrip(".:") if len(first.split()) <= 9 else _cap(" and ".join(material.terms[:2]))


def _list(items: list[str], numbered: bool = False) -> str:
    return "\n".join(f"{f'{number}.' if numbered else '-'} {_cap(item)}" for number, item in enumerate(items, 1))


def _summary(material: Material) -> str:
    return " ".join(_ended(sentence) for sentence in material.top(4))


def _points(material: Material) -> str:
    return f"Key points on {', '.join(material.terms[:3])}:\n\n{_list(material.top(6))}"


def _steps(material: Material) -> str:
    return f"Steps, in the order of the text:\n\n{_list(material.top(6), numbered=True)}"


def _tests(material: Material) -> str:
    return f"Cases to test:\n\n{_list(material.top(6), numbered=True)}"


def _reply(material: Material) -> str:
    about = " and ".join(material.terms[:2])
    return f"Thank you for your message about {about}.\n\nWhat it says:\n\n{_list(material.top(4))}"


def _outline(material: Material) -> str:
    left = material.top(8)
    parts: list[str] = []
    for term in material.terms[:4]:
        mine = [line for line in left if set(stems(term)) & set(stems(line))][:3]
        left = [line for line in left if line not in mine]
        if mine:
            parts.append(f"{len(parts) + 1}. {_cap(term)}\n" + "\n".join(f"   - {line}" for line in mine))
    return "\n".join(parts) or _list(left, numbered=True)


def _write(material: Material) -> str:
    chosen = [_ended(sentence) for sentence in material.top(9)]
    groups = [" ".join(chosen[start : start + 3]) for start in range(0, len(chosen), 3)]
    return "\n\n".join([f"# {_title(material)}", *groups])


def _translate(material: Material) -> str:
    text = " ".join(_ended(sentence) for sentence in material.top(12))
    return f"To be translated ({len(words(material.body))} words):\n\n{text}"


def _code(material: Material) -> str:
    name = "_".join(words(material.terms[0].lower())) or "work"
    steps = "\n".join(f"    # {number}. {line}" for number, line in enumerate(material.top(6), 1))
    return f"```python\ndef {name}():\n{steps}\n    ...\n```"


def _review(material: Material) -> str:
    counted = [len(words(sentence)) for sentence in material.sentences]
    longest = max(range(len(counted)), key=lambda index: counted[index])
    notes = [
        f"Length: {sum(counted)} words in {_many(len(counted), 'sentence')}, "
        f"{round(sum(counted) / len(counted))} words each on average.",
        f"Longest sentence ({counted[longest]} words): “{_short(material.sentences[longest], 14)}”"
        + (" It could be split." if counted[longest] > 24 else ""),
    ]
    repeated = [f"{word} ({times} times)" for word, times in _repeated(material) if times > 2]
    if repeated:
        notes.append(f"Often repeated: {', '.join(repeated[:4])}.")
    twice = [sentence for sentence, times in Counter(material.sentences).items() if times > 1]
    if twice:
        notes.append(f"Said twice: “{_short(twice[0], 12)}”")
    if not any(letter.isdigit() for letter in material.body):
        notes.append("No figure backs what is said.")
    improved = "\n\n".join(_paragraphs([_ended(sentence) for sentence in material.top(9)]))
    return f"Observations:\n\n{_list(notes)}\n\nTightened version:\n\n{improved}"


def _paragraphs(lines: list[str]) -> list[str]:
    return [" ".join(lines[start : start + 3]) for start in range(0, len(lines), 3)]


def _repeated(material: Material) -> list[tuple[str, int]]:
    counts = Counter(material.stems)
    spelled: dict[str, str] = {}
    for word in words(material.body):
        spelled.setdefault(stem(word), word.lower())
    return [(spelled.get(root, root), times) for root, times in counts.most_common(6) if not root.isdigit()]


def _short_points(material: Material) -> str:
    asked = " ".join(material.sentences)
    first = material.terms[0]
    items = [f"{_cap(first)}: what it is and where it matters here"]
    items += [f"{_cap(term)}: how it bears on {first}" for term in material.terms[1:4]]
    return (
        f"{_ended(asked)}\n\nPoints to look into:\n\n{_list([*items, 'Evidence: figures and sources for each point'])}"
    )


def _short_steps(material: Material) -> str:
    asked, terms = " ".join(material.sentences), material.terms
    steps = [f"Settle what is meant by {terms[0]}.", *(f"Look at {term}." for term in terms[1:4])]
    return f"{_ended(asked)}\n\n{_list([*steps, 'Compare with what was asked, and correct.'], numbered=True)}"


def _short(text: str, limit: int) -> str:
    parts = text.split()
    return " ".join(parts[:limit]) + ("…" if len(parts) > limit else "")


def _many(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _ended(sentence: str) -> str:
    return sentence if sentence[-1:] in ".!?…:。！？" else f"{sentence}."


_Writer = Callable[[Material], str]
_LONG: Mapping[str, _Writer] = {
    "review": _review, "translate": _translate, "plan": _steps, "outline": _outline, "title": _title,
    "code": _code, "tests": _tests, "reply": _reply, "points": _points, "summary": _summary, "write": _write,
}  # fmt: skip
_OF_TABLES = frozenset({"summary", "points", "review", "write", "tests"})
_SHORT: Mapping[str, _Writer] = {"plan": _short_steps, "outline": _short_steps, "points": _short_points}
