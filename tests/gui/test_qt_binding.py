"""The binding itself: PySide6 6.12 on Python 3.11 loses a reference on each void call and aborts after some 5,000."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget

MANY = 20_000
app = QApplication(sys.argv[:1])

class Sender(QObject):
    said = Signal(int)

class Painted(QWidget):
    count = 0
    def paintEvent(self, event: QPaintEvent) -> None:
        self.count += 1

heard = []
sender = Sender()
sender.said.connect(heard.append)
widget = Painted()
widget.resize(8, 8)
widget.show()
while not widget.count:
    app.processEvents()
for number in range(MANY):
    sender.setObjectName("x")
    sender.said.emit(number)
for _ in range(MANY):
    widget.repaint()

ticks = 0
def tick():
    global ticks
    ticks += 1
    if ticks >= MANY:
        app.quit()
timer = QTimer()
timer.timeout.connect(tick)
timer.start(0)
app.exec()
assert len(heard) == MANY and widget.count >= MANY and ticks >= MANY, (len(heard), widget.count, ticks)
print("sound")
"""


def test_twenty_thousand_calls_emits_timer_events_and_paints() -> None:
    """In a process of its own: a bad release does not fail, it aborts."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "-platform", "offscreen"], capture_output=True, text=True, timeout=100,
        env={"QT_QPA_PLATFORM": "offscreen", "PATH": "/usr/bin:/bin"}, check=False,
    )  # fmt: skip
    assert done.returncode == 0 and done.stdout.strip() == "sound", done.stderr[-2000:]
