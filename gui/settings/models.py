"""Settings of models: what the tiers mean, which providers there are, keys stored and tested."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHeaderView,
    QSizePolicy,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from engine.base.settings import TIERS, ProviderSettings, Settings
from gui.models import model_names
from gui.settings_page import Asking, SettingsPage, form, note
from gui.studio import Studio
from gui.views.provider_card import ProviderCard
from gui.widgets.number_field import Choice

if TYPE_CHECKING:
    from engine.models.listing import Listing, ProviderRow

NAME = Qt.ItemDataRole.UserRole


class ModelsPage(SettingsPage):
    name, title, icon, order = "models", "Models and keys", "agent", 10

    def __init__(self, studio: Studio, settings: Settings) -> None:
        super().__init__(studio, settings)
        self._asking = Asking(self)
        self._rows: dict[str, ProviderRow] = {}
        self._addresses: dict[str, str] = {}
        self.tree = QTreeWidget()
        self.tree.setAccessibleName("Providers")
        self.tree.setHeaderLabels(["Provider", "Key", "Models"])
        self.tree.setRootIsDecorated(False)
        self.tree.setMinimumHeight(96)  # and no more: what the card below says is seen without scrolling
        self.tree.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.tree.header().setStretchLastSection(False)
        self.card = ProviderCard(studio)
        self.card.stored.connect(self.look)
        self.card.moved.connect(self._moved)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(10)
        above = QWidget()
        rows = form(above)
        self.tiers = {tier: self._tier(rows, tier) for tier in TIERS}
        column.addWidget(above)
        column.addWidget(note("A graph names tiers, so that it runs with whatever models you have."))
        column.addWidget(self.tree, 1)
        column.addWidget(self.card)
        self.tree.currentItemChanged.connect(lambda row, _: self._choose(row))
        self.look()

    def look(self) -> None:
        """Asks the keyring and the servers of this computer what there is."""
        models = self.studio.services.models()

        async def listing() -> Listing:
            try:
                return await models.listing()
            finally:
                await models.aclose()

        self._asking.ask(listing, self.show_listing, self.studio.session.say_error)

    def show_listing(self, listing: Listing) -> None:
        """Shows the providers: those that can be used first."""
        current: QTreeWidgetItem | None = self.tree.currentItem()
        chosen = current.data(0, NAME) if current is not None else ""
        self.tree.clear()
        self._rows = {row.name: row for row in listing.providers}
        for row in sorted(listing.providers, key=lambda row: not (row.key or row.running)):
            key = row.key or ("not needed" if row.local else "none")
            offers = f"{len(row.models)} found" if row.running else "not running" if row.local else ""
            item = QTreeWidgetItem(self.tree, [row.title, key, offers])
            item.setData(0, NAME, row.name)
            there = self.studio.theme.colour("text:ok" if row.key or row.running else "muted")
            for column in (1, 2):
                item.setForeground(column, there)
            if row.name == chosen or not chosen:
                self.tree.setCurrentItem(item)
                chosen = row.name
        for column in (1, 2):
            self.tree.resizeColumnToContents(column)
        for tier, box in self.tiers.items():
            line = box.lineEdit()
            if line is not None:
                line.setPlaceholderText(f"now {listing.tiers[tier][0]}")

    def changes(self) -> Mapping[str, Any]:
        tiers = {tier: text for tier, box in self.tiers.items() if (text := box.currentText().strip())}
        providers = dict(self.settings.providers)
        for name, address in self._addresses.items():
            kept = providers.get(name, ProviderSettings())
            providers[name] = kept.model_copy(update={"base_url": address or None})
        return {"tiers": tiers, "providers": providers}

    def leave(self) -> None:
        self._asking.close()
        self.card.leave()

    def _choose(self, row: QTreeWidgetItem | None) -> None:
        if row is not None:
            found = self._rows[row.data(0, NAME)]
            own = self.settings.providers.get(found.name)
            self.card.show_provider(found, self._addresses.get(found.name, (own.base_url if own else None) or ""))

    def _moved(self, provider: str, address: str) -> None:
        self._addresses[provider] = address.strip()

    def _tier(self, rows: QFormLayout, tier: str) -> QComboBox:
        box = Choice()
        box.setEditable(True)
        box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        box.setAccessibleName(f"Model {tier}")
        box.addItem("")
        box.addItems([name for name in model_names(self.studio.services) if name not in TIERS])
        box.setCurrentText(self.settings.tiers.get(tier, ""))
        line = box.lineEdit()
        if line is not None:
            line.setPlaceholderText("the first provider with a key, else rehearsal")
        rows.addRow(f"Model “{tier}”", box)
        return box


PAGE = ModelsPage
