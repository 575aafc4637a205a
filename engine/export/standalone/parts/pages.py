"""Pages of the web as text, for the tools of a model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from html.parser import HTMLParser

from engine.export.standalone.parts.guarding import Asked, as_words, failed_with, got, host_of
from engine.export.standalone.parts.tools import ToolError
from engine.export.standalone.parts.values import Failed

LONGEST_PAGE, LARGEST_PAGE = 20_000, 5_000_000
ACCEPTED = {"User-Agent": "Baton", "Accept": "text/html, text/plain, application/json;q=0.9, */*;q=0.1"}
SILENT = {"script", "style", "noscript", "template", "svg", "head"}
BLOCKS = {
    "p", "div", "section", "article", "header", "footer", "main", "nav", "aside", "h1", "h2", "h3", "h4", "h5", "h6",
    "ul", "ol", "li", "table", "tr", "pre", "blockquote", "br", "hr", "form", "figure", "dl", "dt", "dd",
}  # fmt: skip


class Web:
    """The pages of some hosts, such as `*.example.org`; of all public ones when none is named."""

    def __init__(self, *hosts: str) -> None:
        self._hosts: Sequence[str] = hosts

    async def page(self, url: str, max_length: int = LONGEST_PAGE, start_index: int = 0, raw: bool = False) -> str:
        """A page; HTML as text, a long one in parts."""
        try:
            answer = await got(Asked("GET", url, ACCEPTED), LARGEST_PAGE, self._permit)
            if answer.status >= 400:
                raise ToolError(f"{failed_with(answer)} Try another address.")
            said = as_words(answer)
        except Failed as error:
            raise ToolError(str(error)) from None
        kind = answer.headers.get("content-type", "text/plain").lower().partition(";")[0]
        is_html = "html" in kind or said.lstrip()[:15].lower().startswith(("<!doctype html", "<html"))
        words = as_text(said) if is_html and not raw else said
        shown = words[start_index : start_index + max_length]
        rest = len(words) - start_index - len(shown)
        more = f"\n[{rest:,} characters more: go on with start_index {start_index + len(shown)}]" if rest > 0 else ""
        return f"{answer.url}\n\n{shown}{more}"

    def _permit(self, url: str) -> None:
        host = host_of(url)[1]
        names = (host, re.sub(r":\d+$", "", host))
        if self._hosts and not any(fnmatchcase(name, allowed.lower()) for name in names for allowed in self._hosts):
            raise ToolError(f"The host “{host[:80]}” is not among those that may be reached. "
                            f"These may: {', '.join(self._hosts)}.")  # fmt: skip


class Reader(HTMLParser):
    """Keeps what a person would read, with the addresses of links."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0
        self._links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begins a line, a heading, an item or a link."""
        if tag == "body":
            self._silent = 0  # a head that is never closed hides nothing
        self._silent += tag in SILENT
        if tag == "a":
            self._links.append(dict(attrs).get("href") or "")
        if tag in BLOCKS:
            self.parts.append("\n")
        if re.fullmatch("h[1-6]", tag):
            self.parts.append("#" * int(tag[1]) + " ")
        elif tag == "li":
            self.parts.append("- ")

    def handle_endtag(self, tag: str) -> None:
        """Ends it."""
        if tag in SILENT:
            self._silent = max(0, self._silent - 1)
        if tag == "a" and self._links:
            link = self._links.pop()
            if link.startswith(("http://", "https://", "/")) and not self._silent:
                self.parts.append(f" ({link})")
        if tag in BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        """Words."""
        if not self._silent:
            self.parts.append(re.sub(r"\s+", " ", data))


def as_text(html: str) -> str:
    """What a person would read of a page of HTML: blocks on lines of their own, headings, lists, links in brackets."""
    reader = Reader()
    reader.feed(html)
    reader.close()
    lines = (line.strip() for line in "".join(reader.parts).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
