"""Sentences, words and key terms of a text: what the rehearsal model knows of language, which is little."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

READ_CAP = 120_000
"""Characters of a text that are read: the beginning, a part of the middle and the end of anything longer."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_ENDS = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+(?=[\"'“‘(\[]?[A-Z0-9À-ÞА-Я])|(?<=[。！？])|\n+")
_WRAPPED = re.compile(r"(?<![.!?:…\n])\n(?=[a-zß-ÿ])|(?<=[^\n]{60}[^.!?:…\n])\n(?![\s\-*•>#|\d])")
_MARK = re.compile(r"(?m)^[ \t]*(?:[-*•>|]+|\(?\d{1,3}[.)])[ \t]+|^[ \t]*```.*$")
_STOP = frozenset(
    _WORD.findall(
        "a about above after again all also although always am an and any are as at be because been before being "
        "below between both but by can cannot could did do does doing down during each either else etc even ever "
        "every few for from further get gets give given gives had has have having he her here hers him his how "
        "however i if in into is it its itself just let like made make makes many may me might more most much must "
        "my neither no nor not now of off often on once one only or other our out over own per please same she "
        "should since so some such than that the their them then there these they this those though through to too "
        "under until up upon us use used uses using very via want was way we well were what when where whether "
        "which while who whom whose why will with within without would yes yet you your "
    )
)
_SUFFIXES = (
    ("ational", "ate"), ("ization", "ize"), ("fulness", "ful"), ("ements", ""), ("ement", ""), ("ations", "ate"),
    ("ation", "ate"), ("ingly", ""), ("ities", "ity"), ("ness", ""), ("ments", "ment"), ("ies", "y"), ("ing", ""),
    ("ers", "er"), ("ed", ""), ("ly", ""), ("es", ""), ("s", ""),
)  # fmt: skip


def clip(text: str, cap: int = READ_CAP) -> str:
    """`text`, or its beginning, middle and end when it is longer than `cap` characters: bounded work on any input."""
    if len(text) <= cap:
        return text
    half, quarter = cap // 2, cap // 4
    middle = (len(text) - quarter) // 2
    parts = text[:half], text[middle : middle + quarter], text[-quarter:]
    return "\n".join((_whole_end(parts[0]), _whole_end(_whole_start(parts[1])), _whole_start(parts[2])))


def _whole_start(text: str) -> str:
    """Without the torn sentence at the beginning, where sentences can be told apart."""
    return _ENDS.split(text, maxsplit=1)[-1] or text


def _whole_end(text: str) -> str:
    """Without the torn sentence at the end."""
    end = max(text.rfind(mark) for mark in (". ", "! ", "? ", "\n"))
    return text[: end + 1] if end > 0 else text


def words(text: str) -> list[str]:
    """The words of a text in order, as written."""
    return _WORD.findall(text)


def stem(word: str) -> str:
    """The common part of a word's forms, roughly: `refunds`, `refunded` and `refunding` give `refund`."""
    word = word.lower().replace("’", "'").removesuffix("'s")
    for suffix, instead in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3 and not (suffix == "s" and word.endswith("ss")):
            root = word[: -len(suffix)] + instead
            if suffix in ("ing", "ed") and len(root) > 3 and root[-1] == root[-2] and root[-1] not in "lsz":
                root = root[:-1]
            return root.removesuffix("e") if len(root) > 3 else root
    return word.removesuffix("e") if len(word) > 3 else word


def stems(text: str) -> list[str]:
    """The stems of the words that carry meaning, in order."""
    return [stem(word) for word in words(text) if word.lower() not in _STOP and (len(word) > 1 or word.isdigit())]


def sentences(text: str) -> list[str]:
    """The sentences of a text in order, without the marks of lists; headings count only where nothing else is."""
    parts = [
        part
        for part in _ENDS.split(_WRAPPED.sub(" ", _MARK.sub("\n", text)))
        if any(letter.isalnum() for letter in part)
    ]
    told = [part for part in parts if not part.rstrip().endswith(":") and not part.lstrip().startswith("#")]
    return [" ".join(part.lstrip("# ").split()) for part in told or parts]


def key_terms(text: str, limit: int = 8) -> list[str]:
    """The words and pairs of words that say most, best first, as the text writes them.

    Two words that stand side by side at least as often as apart count as one term.
    """
    runs = list(_runs(text))
    single = Counter(stem(word) for run in runs for word in run)
    pairs = Counter((stem(a), stem(b)) for run in runs for a, b in pairwise(run))
    spelled: dict[str, str] = {}
    for run in runs:
        for word in run:
            spelled.setdefault(stem(word), word)
    scores: dict[str, float] = {}
    covered: set[str] = set()
    for (a, b), times in pairs.most_common():
        if a == b or a in covered or b in covered:
            continue
        if times * 2 >= single[a] and times * 2 >= single[b] and (times > 1 or len(single) <= 12):
            scores[f"{spelled[a]} {spelled[b]}"] = times * 2.5
            covered |= {a, b}
    for root, times in single.items():
        if root not in covered and not root.isdigit():
            scores[spelled[root]] = times + min(len(root), 10) / 20
    order = sorted(scores, key=lambda term: -scores[term])
    return [_settled(term) for term in order[:limit]]


def _runs(text: str) -> Iterable[list[str]]:
    """Stretches of meaningful words with neither a common word nor a stop between them."""
    for part in re.split(r"[^\w\s'’-]+|\n", text):
        run: list[str] = []
        for word in words(part):
            if word.lower() in _STOP or len(word) < 3:
                if run:
                    yield run
                run = []
            else:
                run.append(word)
        if run:
            yield run


def _settled(term: str) -> str:
    """Lower case, unless the capitals mean something (`HTTP`, `SQLite`)."""
    return " ".join(word if any(c.isupper() for c in word[1:]) else word.lower() for word in term.split())


def overlap(wanted: str, given: Sequence[str]) -> int:
    """How many of the distinct stems of `wanted` occur among `given`."""
    there = set(given)
    return sum(1 for root in dict.fromkeys(stems(wanted)) if root in there)
