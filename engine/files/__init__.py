"""Graph files: reading them strictly, writing them so that nothing is lost, recovering what was not saved."""

from engine.files.format import VERSION, dumps, graph_from_json, graph_to_json
from engine.files.open import Stamp, loads, open_graph, open_stamped
from engine.files.recover import Entry, Recovery
from engine.files.recovery_log import RecoveryLog
from engine.files.save import ChangedOnDisk, changed_on_disk, generations_of, save_graph

__all__ = [
    "VERSION",
    "ChangedOnDisk",
    "Entry",
    "Recovery",
    "RecoveryLog",
    "Stamp",
    "changed_on_disk",
    "dumps",
    "generations_of",
    "graph_from_json",
    "graph_to_json",
    "loads",
    "open_graph",
    "open_stamped",
    "save_graph",
]
