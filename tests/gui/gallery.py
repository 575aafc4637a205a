"""Shows every shared widget in dark and light: `python tests/gui/gallery.py [FOLDER]` saves pictures to look at."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QSlider,
    QTableWidget,
    QTableWidgetItem,
    QTabWidget,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gui.theme.icons import Icons
from gui.theme.theme import Appearance, Theme
from gui.theme.wear import wear
from gui.widgets.budget_bar import BudgetBar
from gui.widgets.drop_button import DropButton
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.empty_state import EmptyState
from gui.widgets.info_bar import InfoBar, Tone
from gui.widgets.menu import Menu
from gui.widgets.number_field import Choice, WholeNumber
from gui.widgets.pill import Pill
from gui.widgets.run_button import RunButton
from gui.widgets.search_field import SearchField
from gui.widgets.section_label import SectionLabel
from gui.widgets.spark_bars import Bar, SparkBars
from gui.widgets.state_badge import StateBadge
from gui.widgets.tabs import UnderlineTabs


def label(text: str, role: str) -> QLabel:
    made = QLabel(text)
    wear(made, role=role)
    return made


def row(*widgets: QWidget, stretch: bool = True) -> QHBoxLayout:
    made = QHBoxLayout()
    made.setSpacing(12)
    for widget in widgets:
        made.addWidget(widget)
    if stretch:
        made.addStretch(1)
    return made


def top_bar(icons: Icons) -> QWidget:
    bar = QFrame()
    wear(bar, ground="top")
    line = QHBoxLayout(bar)
    line.setContentsMargins(16, 9, 16, 9)
    line.setSpacing(14)
    line.addWidget(label("Baton", "title"))
    line.addWidget(label("Saved graphs  ›", "muted"))
    line.addWidget(QLabel("Fan-out research"))
    line.addStretch(1)
    line.addWidget(label("00:06.4", "mono"))
    money = BudgetBar(icons.theme)
    money.set_amounts(0.0168, 0.05)
    line.addWidget(money)
    line.addWidget(DropButton(icons, "Models: balanced"))
    line.addWidget(DropButton(icons, "Share"))
    run, stop = RunButton(icons), RunButton(icons)
    stop.set_state("running")
    line.addWidget(run)
    line.addWidget(stop)
    return bar


def library(icons: Icons) -> QWidget:
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(8, 12, 8, 12)
    column.setSpacing(8)
    column.addWidget(SearchField(icons, "Add a node…", "Tab"))
    typed = SearchField(icons, "Add a node…", "Tab")
    typed.setText("rout")
    column.addWidget(typed)
    column.addWidget(SectionLabel("Flow"))
    found = QListWidget()
    found.setIconSize(QSize(16, 16))
    for kind in ("input", "router", "merge", "map", "review", "agent", "manager", "tool", "http"):
        found.addItem(QListWidgetItem(icons.icon(kind, f"kind:{kind}"), kind.capitalize()))
    found.setCurrentRow(1)
    column.addWidget(found)
    column.addWidget(SectionLabel("Saved graphs"))
    tree = QTreeWidget()
    tree.setHeaderHidden(True)
    for name in ("Research → draft → review", "Support desk"):
        item = QTreeWidgetItem(tree, [name])
        QTreeWidgetItem(item, ["part"])
        item.setExpanded(name != "Support desk")
    column.addWidget(tree)
    return page


def inspector(icons: Icons) -> QWidget:
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(18, 12, 18, 12)
    column.setSpacing(8)
    picture = QLabel()
    picture.setPixmap(icons.pixmap("agent", 18, "kind:agent"))
    head = row(picture, label("Search the issues", "title"))
    head.addWidget(StateBadge(icons, "running", "running 4.6 s"))
    column.addLayout(head)
    tabs = UnderlineTabs(icons.theme, ("Set-up", "Output", "Messages", "Tools"), line=True)
    tabs.set_count("Messages", 6)
    tabs.set_count("Tools", 3)
    column.addWidget(tabs)
    model, words = (
        Choice(),
        QPlainTextEdit("You search issue trackers and quote the thread that settles the question."),
    )
    model.addItems(["medium → claude-sonnet", "cheap → deepseek-chat", "best"])
    words.setMaximumHeight(62)
    count, seconds = WholeNumber(), WholeNumber()
    count.setValue(3)
    seconds.setValue(60)
    seconds.setSuffix(" s")
    wrong = QLineEdit("not a number")
    wear(wrong, invalid=True)
    for name, field in (("Model", model), ("Instructions", words), ("Prompt", QLineEdit("")), ("Wrong", wrong)):
        column.addWidget(label(name, "field"))
        column.addWidget(field)
    column.addWidget(label("Must be a whole number. Write for example 3.", "error"))
    column.addLayout(row(count, seconds, stretch=False))
    ticked, half = QCheckBox("Keep the answer"), QCheckBox("Some of them")
    ticked.setChecked(True)
    half.setCheckState(Qt.CheckState.PartiallyChecked)
    chosen = QRadioButton("Send to branch failed")
    chosen.setChecked(True)
    column.addLayout(row(ticked, half, QCheckBox("Off")))
    column.addLayout(row(chosen, QRadioButton("Stop the run")))
    column.addWidget(label("Last five runs", "field"))
    bars = (Bar(2.2, "ok", "2.2 s"), Bar(2.8, "ok", "2.8 s"), Bar(4.5, "failed", "failed"), Bar(2.5, "ok", "2.5 s"))
    column.addWidget(SparkBars(icons.theme, (*bars, Bar(3.7, "running", "4.6 s…"))))
    column.addStretch(1)
    return page


def small_parts(icons: Icons) -> QWidget:
    page = QWidget()
    wear(page, ground="canvas")
    column = QVBoxLayout(page)
    column.setSpacing(12)
    theme = icons.theme
    column.addLayout(
        row(
            Pill(theme, "medium"),
            Pill(theme, "cheap"),
            Pill(theme, "2 of 3"),
            Pill(theme, "writes", "state:retry"),
            Pill(theme, "new", "accent"),
        )
    )
    badges = QGridLayout()
    for index, status in enumerate(theme.tokens.states):
        badges.addWidget(StateBadge(icons, status, status), index // 5, index % 5)
    column.addLayout(badges)
    over, near, free = BudgetBar(theme), BudgetBar(theme), BudgetBar(theme)
    over.set_amounts(1.2, 1.0)
    near.set_amounts(0.0431, 0.05)
    free.set_amounts(12.5, None, unknown=True)
    column.addLayout(row(over, near, free))
    looks = [QPushButton(name or "secondary") for name in ("primary", "", "danger", "ghost", "link")]
    for button, look in zip(looks, ("primary", "", "danger", "ghost", "link"), strict=True):
        wear(button, look=look)
    column.addLayout(row(*looks))
    off = [QPushButton("Off"), QPushButton("Off"), QPushButton("Off")]
    for button, look in zip(off, ("primary", "", "danger"), strict=True):
        wear(button, look=look)
        button.setEnabled(False)
    tools = [QToolButton() for _ in range(6)]
    for tool, name in zip(tools, ("undo", "redo", "tidy", "fit", "zoom_in", "panel_left"), strict=True):
        icons.dress(tool, name)
    tools[1].setEnabled(False)
    tools[2].setCheckable(True)
    tools[2].setChecked(True)
    column.addLayout(row(*off, *tools))
    bottom = UnderlineTabs(theme, ("Timeline", "Log", "Problems", "Runs"))
    bottom.set_count("Problems", 1, "text:retry")
    column.addWidget(bottom)
    progress = QProgressBar()
    progress.setValue(62)
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setValue(40)
    column.addWidget(progress)
    column.addWidget(slider)
    column.addWidget(
        ElidedLabel("A long line that has to end somewhere because the column it stands in is narrow " * 2, "muted")
    )
    return page


def messages(icons: Icons) -> QWidget:
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    said: list[tuple[Tone, str, tuple[str, ...]]] = [
        ("info", "A newer version of this graph was found: unsaved changes from 14:02.", ("Restore", "Discard")),
        ("warning", "The file changed on disk while you edited it.", ("Compare", "Keep mine")),
        ("error", "The graph could not be saved: the disk is full.", ("Save elsewhere…",)),
        ("good", "Saved as fan-out-research.json.", ()),
    ]
    for tone, text, actions in said:
        bar = InfoBar(icons)
        bar.say(tone, text, actions)
        column.addWidget(bar)
    table = QTableWidget(3, 3)
    table.setHorizontalHeaderLabels(["Run", "Outcome", "Money"])
    table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    table.horizontalHeader().setStretchLastSection(True)
    table.verticalHeader().hide()
    table.setShowGrid(False)
    for line in range(3):
        for at, text in enumerate((f"Run {line + 1}", "ok", "$0.0168")):
            table.setItem(line, at, QTableWidgetItem(text))
    table.selectRow(1)
    table.setMaximumHeight(130)
    column.addWidget(table)
    tabbed = QTabWidget()
    tabbed.addTab(
        EmptyState(
            icons, "history", "No runs yet", "Run the graph and its runs are listed here, with what they cost.", "Run"
        ),
        "Runs",
    )
    tabbed.addTab(QWidget(), "Costs")
    column.addWidget(tabbed)
    return page


def gallery(theme: Theme, icons: Icons) -> QWidget:
    """One window with everything."""
    window = QWidget()
    wear(window, ground="panel")
    outer = QVBoxLayout(window)
    outer.setContentsMargins(0, 0, 0, 0)
    outer.setSpacing(0)
    outer.addWidget(top_bar(icons))
    columns = QHBoxLayout()
    columns.setSpacing(0)
    for page, share in ((library(icons), 3), (small_parts(icons), 7), (messages(icons), 6), (inspector(icons), 5)):
        columns.addWidget(page, share)
    outer.addLayout(columns)
    window.resize(1680, 760)
    return window


def menu(icons: Icons) -> Menu:
    made = Menu()
    for name, text, keys in (
        ("copy", "Copy", "Ctrl+C"),
        ("duplicate", "Duplicate", "Ctrl+D"),
        ("delete", "Delete", "Del"),
    ):
        made.addAction(icons.icon(name), text).setShortcut(keys)
    made.addSeparator()
    ticked = made.addAction("Minimap")
    ticked.setCheckable(True)
    ticked.setChecked(True)
    made.addAction("Off").setEnabled(False)
    made.addMenu(Menu("More", made))
    return made


def main(folder: Path) -> None:
    app = QApplication([])
    theme = Theme("dark", reduced_motion=True)
    theme.apply(app)
    icons = Icons(theme)
    looks: tuple[Appearance, ...] = ("dark", "light")
    for look in looks:
        theme.set_appearance(look)
        window = gallery(theme, icons)
        window.show()
        app.processEvents()
        window.grab().save(str(folder / f"gallery-{look}-{app.devicePixelRatio():g}x.png"))
        shown = menu(icons)
        shown.ensurePolished()
        shown.resize(shown.sizeHint())
        shown.grab().save(str(folder / f"menu-{look}.png"))


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
