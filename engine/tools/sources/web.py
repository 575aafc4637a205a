"""Tool `web.fetch`: a page of the web as text; its address is judged where the connection is made (trust.md T5)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from typing import Any, Final

from engine.base.values import Value
from engine.tools.contract import Tool, ToolContext, ToolError

MOST: Final = 20_000
"""Characters of one reading, when the call names no other number."""
_SILENT: Final = frozenset({"script", "style", "noscript", "template", "svg", "head"})
_BLOCKS: Final = frozenset({
    "p", "div", "section", "article", "header", "footer", "main", "nav", "aside", "h1", "h2", "h3", "h4", "h5", "h6",
    "ul", "ol", "li", "table", "tr", "pre", "blockquote", "br", "hr", "form", "figure", "dl", "dt", "dd",
})  # fmt: skip
_PARAMETERS: Final = {
    "type": "object",
    "properties": {
        "url": {"type": "string", "description": "An address that begins with https:// or http://.",
                "pattern": "^[hH][tT][tT][pP][sS]?://"},
        "max_length": {"type": "integer", "minimum": 1, "maximum": 100_000, "description": f"{MOST} when absent."},
        "start_index": {"type": "integer", "minimum": 0, "description": "From which character on, for long pages."},
        "raw": {"type": "boolean", "description": "The page as it was sent, not as text."},
    },
    "required": ["url"],
    "additionalProperties": False,
}  # fmt: skip


class _Reader(HTMLParser):
    """Keeps what a person would read, with the addresses of links."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0
        self._links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "body":
            self._silent = 0  # a head that is never closed hides nothing
        self._silent += tag in _SILENT
        if tag == "a":
            self._links.append(dict(attrs).get("href") or "")
        if tag in _BLOCKS:
            self.parts.append("\n")
        if re.fullmatch("h[1-6]", tag):
            self.parts.append("#" * int(tag[1]) + " ")
        elif tag == "li":
            self.parts.append("- ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        if tag == "a" and self._links:
            link = self._links.pop()
            if link.startswith(("http://", "https://", "/")) and not self._silent:
                self.parts.append(f" ({link})")
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(re.sub(r"\s+", " ", data))


def as_text(html: str) -> str:
    """What a person would read of a page of HTML: blocks on lines of their own, headings, lists, links in brackets."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = (line.strip() for line in "".join(reader.parts).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class WebSource:
    """Offers the fetching of pages."""

    name = "web"

    def tools(self) -> Sequence[Tool]:
        told = "Reads a page of the web. HTML is given as text; a long page in parts, by start_index."
        return (Tool("web.fetch", told, self._fetch, _PARAMETERS, writes=False, needs="web"),)

    async def _fetch(self, arguments: Mapping[str, Any], context: ToolContext) -> Value:
        if context.desk is None:
            raise ToolError("The web cannot be reached here.")
        page = await context.desk.fetch(arguments["url"])
        is_html = "html" in page.kind or page.text.lstrip()[:15].lower().startswith(("<!doctype html", "<html"))
        text = as_text(page.text) if is_html and not arguments.get("raw") else page.text
        start, most = arguments.get("start_index", 0), arguments.get("max_length", MOST)
        shown = text[start : start + most]
        rest = len(text) - start - len(shown)
        more = f"\n[{rest:,} characters more: go on with start_index {start + len(shown)}]" if rest > 0 else ""
        return f"{page.url}\n\n{shown}{more}"


SOURCE = WebSource()
