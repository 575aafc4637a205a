"""A verb of the studio: its title, keys, when it can be done and how. Menus, palette and keys are made of these."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from engine.base import discover

if TYPE_CHECKING:
    from gui.studio import Studio

Place = Literal["window", "canvas"]
"""Where keys work: anywhere in the window, or only while the canvas has the keyboard."""
Text = str | Callable[["Studio"], str]


def always(_studio: Studio) -> bool:
    """For verbs that can be done at any time."""
    return True


def nothing(_studio: Studio) -> None:
    """For verbs that only open a list of others."""


@dataclass(frozen=True, slots=True)
class Action:
    """One verb.

    Attributes:
        name: `file.save`; unique.
        title: as menus and the palette show it; may depend on the moment ("Undo Move 3 nodes").
        do: does it.
        keys: key sequences as Qt writes them (`Ctrl+S`); the first is the one shown.
        when: whether it can be done now.
        menu: the menu it stands in, such as `File`; "" for the palette and keys alone.
        section: actions of one menu with different sections are parted by a line.
        place: where its keys work.
        checked: for a verb that switches something: whether it is on.
        context: stands in the canvas's own menu too.
        choices: for a verb that opens a list of others (recent files, formats): those, made at the moment.
    """

    name: str
    title: Text
    do: Callable[[Studio], object]
    keys: tuple[str, ...] = ()
    when: Callable[[Studio], bool] = always
    menu: str = ""
    section: int = 0
    icon: str = ""
    place: Place = "window"
    checked: Callable[[Studio], bool] | None = None
    context: bool = False
    choices: Callable[[Studio], Sequence[Action]] | None = None

    def words(self, studio: Studio) -> str:
        """The title at this moment."""
        return self.title if isinstance(self.title, str) else self.title(studio)

    def trigger(self, studio: Studio) -> None:
        """Does it if it can be done now."""
        if self.when(studio):
            self.do(studio)


class Actions:
    """All verbs by name, in the order of menus."""

    def __init__(self, actions: Iterable[Action]) -> None:
        self._actions = {action.name: action for action in actions}

    @classmethod
    def load(cls) -> Actions:
        """Scans `gui.actions`: each module has its verbs in `ACTIONS`, and says in `ORDER` where its menu stands."""
        found = sorted(discover.modules("gui.actions"), key=lambda module: module.ORDER)
        return cls(action for module in found for action in module.ACTIONS)

    def __iter__(self) -> Iterator[Action]:
        return iter(self._actions.values())

    def __getitem__(self, name: str) -> Action:
        return self._actions[name]

    def with_keys(self, keys: Mapping[str, Sequence[str]]) -> Actions:
        """The same verbs, some with other keys than the usual ones; names that mean no verb are left out."""
        return Actions(replace(each, keys=tuple(keys[each.name])) if each.name in keys else each for each in self)

    def holder(self, key: str) -> Action | None:
        """The verb that a key belongs to."""
        from PySide6.QtGui import QKeySequence

        wanted = QKeySequence(key).toString()
        return next((each for each in self if wanted in (QKeySequence(own).toString() for own in each.keys)), None)

    @property
    def menus(self) -> list[str]:
        """Names of the menus in their order."""
        return list(dict.fromkeys(action.menu for action in self if action.menu))

    def of_menu(self, menu: str) -> list[Action]:
        """The verbs of one menu, section by section."""
        return sorted((action for action in self if action.menu == menu), key=lambda action: action.section)
