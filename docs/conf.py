"""How Sphinx makes the pages of docs/: MyST Markdown, which reads as well on a code forge, in the theme Furo."""

from __future__ import annotations

project = "Baton"
author = "the authors of Baton"
extensions = ["myst_parser"]
myst_enable_extensions = ["attrs_inline"]
myst_heading_anchors = 3
nitpicky = True
exclude_patterns = ["README.md"]
html_theme = "furo"
html_title = "Baton"
html_show_copyright = False
html_show_sphinx = False
html_favicon = "../assets/icons/baton.svg"
suppress_warnings: list[str] = []
