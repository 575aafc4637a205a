"""What the desktop is told: a notification where the window is not in front, and progress beside the taskbar's icon.

Both go over D-Bus, where there is a session to speak to; a tray icon's message stands in for the first. Where there is
neither, the window's entry in the taskbar asks for attention, as it does beside both. Nothing here waits for an answer.
"""

from __future__ import annotations

import html
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget

if TYPE_CHECKING:
    from PySide6.QtDBus import QDBusPendingCallWatcher

APP: Final = "application://baton.desktop"
PORTAL: Final = "org.freedesktop.portal.Desktop"
PORTAL_PATH: Final = "/org/freedesktop/portal/desktop"
STAYS_MS: Final = 10_000
LONGEST: Final = 300


class Desktop(QObject):
    """The desktop that a window stands on."""

    def __init__(self, icon: QIcon, window: QWidget | None = None) -> None:
        super().__init__(window)
        self._icon, self._window = icon, window
        self._tray: QSystemTrayIcon | None = None

    def notify(self, title: str, text: str) -> None:
        """Says something to a person who looks elsewhere."""
        title, text = title[:LONGEST], text[:LONGEST]
        if self._window is not None:
            QApplication.alert(
                self._window.window()
            )  # its entry in the taskbar asks for attention until it is looked at
        if not _bus_there():
            self._show_message(title, text)
            return
        from PySide6.QtDBus import QDBusConnection, QDBusMessage, QDBusPendingCallWatcher

        kind = "org.freedesktop.portal.Notification"
        call = QDBusMessage.createMethodCall(PORTAL, PORTAL_PATH, kind, "AddNotification")
        call.setArguments(["baton", {"title": title, "body": text}])
        watcher = QDBusPendingCallWatcher(QDBusConnection.sessionBus().asyncCall(call), self)
        watcher.finished.connect(lambda done: self._answered(done, title, text))

    def progress(self, share: float | None) -> None:
        """Shows how far a run is, 0 to 1; None takes it away."""
        if not _bus_there():
            return
        from PySide6.QtDBus import QDBusConnection, QDBusMessage

        told: dict[str, Any] = {"progress": float(share or 0.0), "progress-visible": share is not None}
        signal = QDBusMessage.createSignal("/baton", "com.canonical.Unity.LauncherEntry", "Update")
        signal.setArguments([APP, told])
        QDBusConnection.sessionBus().send(signal)

    def close(self) -> None:
        """Takes away what it has put up."""
        if self._tray is not None:
            self._tray.hide()

    def _answered(self, done: QDBusPendingCallWatcher, title: str, text: str) -> None:
        if done.isError():
            self._show_message(title, text)
        done.deleteLater()

    def _show_message(self, title: str, text: str) -> None:
        """Says it by a tray icon. Some desktops read markup in such text (T7), so there is none."""
        if QSystemTrayIcon.isSystemTrayAvailable():
            self._tray = self._tray or QSystemTrayIcon(self._icon, self)
            self._tray.show()
            self._tray.showMessage(html.escape(title), html.escape(text), self._icon, STAYS_MS)


def _bus_there() -> bool:
    """Whether a session bus is there to speak to: nothing is started for it."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    return bool(os.environ.get("DBUS_SESSION_BUS_ADDRESS")) or (bool(runtime) and Path(runtime, "bus").exists())
