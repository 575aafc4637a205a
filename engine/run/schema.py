"""The tables of the journal, and how a file of an older version becomes one of today's (semantics.md S11)."""

from __future__ import annotations

import sqlite3
from typing import Final

VERSION: Final = 4
MIGRATIONS: Final = (
    # 1: runs, and their events in batches
    """
    CREATE TABLE IF NOT EXISTS runs (
        id TEXT PRIMARY KEY, name TEXT NOT NULL, file TEXT NOT NULL, created REAL NOT NULL, ended REAL,
        status TEXT NOT NULL, cost_usd REAL, graph TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS events (
        run TEXT NOT NULL, seq INTEGER NOT NULL, last INTEGER NOT NULL, batch BLOB NOT NULL, PRIMARY KEY (run, seq)
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS runs_by_time ON runs (created DESC);
    """,
    # 2: which process a run belongs to, how large it is, and large texts by their hash, each stored once
    """
    ALTER TABLE runs ADD COLUMN owner TEXT NOT NULL DEFAULT '';
    ALTER TABLE runs ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE texts (hash TEXT PRIMARY KEY, text TEXT NOT NULL);
    CREATE TABLE uses (hash TEXT NOT NULL, run TEXT NOT NULL, PRIMARY KEY (hash, run)) WITHOUT ROWID;
    CREATE INDEX uses_by_run ON uses (run);
    UPDATE runs SET bytes = (SELECT COALESCE(SUM(LENGTH(batch)), 0) FROM events WHERE run = runs.id);
    """,
    # 3: which batches of events ask people or tell their answers, so that the inbox reads nothing else; and what the
    # list of runs says, so that it passes by their graphs
    """
    CREATE TABLE asked (run TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (run, seq)) WITHOUT ROWID;
    INSERT INTO asked SELECT run, seq FROM events
        WHERE run IN (SELECT id FROM runs WHERE status IN ('paused', 'running')) AND instr(batch, '"human.') > 0;
    DROP INDEX runs_by_time;
    CREATE INDEX runs_listed ON runs (created DESC, name, file, ended, status, cost_usd, bytes, owner);
    """,
    # 4: what long runs came to (`engine.run.checkpoint`)
    """
    CREATE TABLE folds (run TEXT PRIMARY KEY, seq INTEGER NOT NULL, form TEXT NOT NULL, fold BLOB NOT NULL);
    """,
)
"""What leads from each version to the next; a file begins at 0. Steps are never changed once they were published."""


def bring_up(database: sqlite3.Connection) -> int:
    """Makes the tables, or brings them up to today's version, in one transaction.

    Returns:
        the version of the file, which is higher than `VERSION` when a newer program wrote it; it is then left alone.
    """
    if (version := _version(database)) >= VERSION:
        return version
    database.execute("BEGIN IMMEDIATE")
    try:
        version = _version(database)  # another program may have done it meanwhile
        for step in MIGRATIONS[version:]:
            for statement in filter(str.strip, step.split(";")):
                database.execute(statement)
        database.execute(f"PRAGMA user_version={max(version, VERSION)}")
    except BaseException:
        database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")
    return max(version, VERSION)


def _version(database: sqlite3.Connection) -> int:
    return int(database.execute("PRAGMA user_version").fetchone()[0])
