"""Markdown from models and tools, inert: no HTML, no images, nothing loaded, no link followed unseen (T7)."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QImage, QTextDocument
from PySide6.QtWidgets import QTextBrowser

LONGEST = 100_000
"""Characters that are laid out as Markdown; more is shown as plain text only."""
WEB = ("http", "https")


class InertDocument(QTextDocument):
    """A document that fetches nothing, whatever it names (T7)."""

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        """Nothing. An image is an empty one: for none at all Qt would look for a file of that name by itself."""
        image = QTextDocument.ResourceType.ImageResource
        return QImage(1, 1, QImage.Format.Format_ARGB32) if kind in (image, image.value) else None


class RichText(QTextBrowser):
    """Shows Markdown.

    Signals: `link_asked` with the whole address of a link that was clicked; it is opened by nobody here.
    """

    link_asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setDocument(InertDocument(self))
        self.setOpenLinks(False)
        self.setOpenExternalLinks(False)
        self.setAccessibleName("Text")
        self._text = ""
        self.anchorClicked.connect(self._clicked)

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        """What the document gives: nothing."""
        return self.document().loadResource(kind, name if isinstance(name, QUrl) else QUrl(name))

    def _clicked(self, url: QUrl) -> None:
        self.link_asked.emit(url.toString(QUrl.ComponentFormattingOption.FullyEncoded))

    def set_markdown(self, text: str) -> None:
        """Shows a text; HTML in it is shown as it is written."""
        if text != self._text:
            self._text = text
            features = (
                QTextDocument.MarkdownFeature.MarkdownDialectGitHub | QTextDocument.MarkdownFeature.MarkdownNoHTML
            )
            self.document().setMarkdown(text[:LONGEST], features)


def may_open(address: str) -> bool:
    """Whether an address is one of the web, which is opened once a person has seen it whole; others never are."""
    return QUrl(address).scheme().lower() in WEB
