"""The built-in tools that reach outside: what they give, and that bounds and borders hold."""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st

from engine.base.errors import BatonError
from engine.kinds.desk import NodeDesk
from engine.kinds.outside import Outside
from engine.tools.contract import ToolContext
from engine.tools.registry import Tools
from engine.tools.sources.sqlite import LETTERS, PATTERN, SqliteSource
from engine.tools.sources.web import as_text

LOCAL = "127.0.0.1"


def context(folder: Path | str = "", hosts: tuple[str, ...] = (), private: tuple[str, ...] = ()) -> ToolContext:
    return ToolContext("a", desk=NodeDesk(Outside(private_hosts=private), str(folder), hosts))


async def use(name: str, where: ToolContext, **arguments: Any) -> Any:
    [tool] = Tools.load().chosen([name])
    return await tool.work(arguments, where)


async def test_files_are_read_in_parts_listed_found_and_changed(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src/a.py").write_text("one\ntwo\nthree\n")
    (tmp_path / "b.bin").write_bytes(b"\0")
    here = context(tmp_path)
    assert await use("fs.list_directory", here) == "b.bin (1 bytes)\nsrc/"
    assert await use("fs.read_file", here, path="src/a.py", first_line=2, lines=1) == "two\n\n[lines 2 to 2 of 3]"
    assert await use("fs.search_files", here, pattern="**/*.py", text="tw") == "src/a.py:2: two"
    assert await use("fs.search_files", here, pattern="**/*", text="tw") == "src/a.py:2: two"
    edits = [{"oldText": "one", "newText": "1"}, {"oldText": "three", "newText": "3"}]
    await use("fs.edit_file", here, path="src/a.py", edits=edits)
    assert (tmp_path / "src/a.py").read_text() == "1\ntwo\n3\n"
    for wrong in ([{"oldText": "gone", "newText": ""}], [{"oldText": "\n", "newText": ""}]):
        with pytest.raises(BatonError, match="Nothing was written"):
            await use("fs.edit_file", here, path="src/a.py", edits=wrong)
    with pytest.raises(BatonError, match="no text"):
        await use("fs.read_file", here, path="b.bin")


@given(st.lists(st.sampled_from(["..", ".", "", "a", "/", "link", "\\", "C:", "\0", "~"]), min_size=1, max_size=5))
def test_no_path_leads_out(parts: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve() / "root"
        (root / "a").mkdir(parents=True)
        (root / "link").symlink_to(root.parent)
        try:
            place = NodeDesk(Outside(), str(root)).place("/".join(parts))
        except BatonError:
            return
        assert place.resolve().is_relative_to(root)


async def test_without_a_folder_nothing_is_read() -> None:
    with pytest.raises(BatonError, match="No folder is chosen"):
        await use("fs.list_directory", context())


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    with sqlite3.connect(tmp_path / "shop.db") as database:
        database.execute("create table goods (name text, price real, picture blob)")
        database.executemany("insert into goods values (?, ?, ?)", [("tea", 3.5, b"123"), ("jam", 4.0, None)])
    database.close()
    return tmp_path


async def test_a_database_is_asked(shop: Path) -> None:
    said = await use("sqlite.query", context(shop), database="shop.db",
                     sql="select * from goods where price < ?", parameters=[4])  # fmt: skip
    assert said == {"columns": ["name", "price", "picture"], "rows": [["tea", 3.5, "[3 bytes]"]]}


@pytest.mark.parametrize(
    "sql",
    [
        "delete from goods", "create table x (y)", "attach 'other.db' as o", "pragma journal_mode = wal", "vacuum",
        "select 1; select 2", "select load_extension('x')", "vacuum into 'copy.db'", "select zeroblob(9000000)", "no",
        "create temp table t (x)",
    ],
)  # fmt: skip
async def test_a_query_changes_nothing(shop: Path, sql: str) -> None:
    before = (shop / "shop.db").read_bytes()
    with pytest.raises(BatonError, match="SQLite says"):
        await use("sqlite.query", context(shop), database="shop.db", sql=sql)
    assert sorted(path.name for path in shop.iterdir()) == ["shop.db"] and (shop / "shop.db").read_bytes() == before


async def test_a_query_is_bounded_in_rows_in_letters_and_in_time(shop: Path) -> None:
    endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select {} from n"
    said = await use("sqlite.query", context(shop), database="shop.db", sql=endless.format("i"))
    assert len(said["rows"]) == 1000 and said["more"] == "cut after 1000 rows"
    said = await use("sqlite.query", context(shop), database="shop.db", sql=endless.format("hex(zeroblob(2500))"))
    assert len(said["rows"]) == 20 and said["more"] == "cut after 20 rows"
    [tool] = SqliteSource(limit_s=0.05).tools()
    with pytest.raises(BatonError, match="took too long"):
        await tool.work({"database": "shop.db", "sql": endless.format("max(i)")}, context(shop))
    with pytest.raises(BatonError, match="no database"):
        await use("sqlite.query", context(shop), database="gone.db", sql="select 1")


async def test_no_function_of_a_query_works_for_minutes_where_nobody_looks_at_the_clock(shop: Path) -> None:
    async def asked(sql: str, *values: Any) -> Any:
        said = await use("sqlite.query", context(shop), database="shop.db", sql=f"select {sql}", parameters=values)
        return said["rows"][0][0]

    assert await asked("trim('xxteayx', 'xy') || ltrim(' tea', ' ') || rtrim(500, 0) || trim(' a ')") == "teatea5a"
    assert await asked("trim(null, 'x')") is None and await asked("trim(x'7879', 'x')") == "y"
    many = "".join(map(chr, range(1_000, 1_000 + LETTERS + 1)))
    assert await asked("trim(?, ?)", many, many + many) == many[-1]
    assert await asked("? like ?", "tea", "%" * PATTERN) == 1
    with pytest.raises(BatonError, match="too complex"):
        await asked("? like ?", "tea", "%" * (PATTERN + 1))


def test_a_page_reads_as_a_person_reads_it() -> None:
    page = """<html><head><title>x</title><style>p {}</style></head><body><h2>Tea &amp; jam</h2>
    <script>alert(1)</script><p>Two <b>good</b>
    things: <a href="/tea">tea</a><ul><li>one<li>two</ul></body>"""
    assert as_text(page) == "## Tea & jam\n\nTwo good things: tea (/tea)\n\n- one\n- two"


@given(st.text(max_size=200), st.lists(st.sampled_from(["<p>", "</p>", "<script>", "<!--", "<a href='", "&#"])))
def test_no_page_breaks_the_reader(text: str, tags: list[str]) -> None:
    assert isinstance(as_text("".join(tags) + text), str)


async def test_pages_are_fetched_where_they_may_be() -> None:
    async def answer(request: web.Request) -> web.Response:
        if request.path == "/away":
            raise web.HTTPFound(f"http://localhost:{request.url.port}/")
        kind = "image/png" if request.path == "/picture" else "text/html"
        return web.Response(text="<p>Hello</p>" * 10, content_type=kind)

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    async with TestServer(app) as server:
        url = str(server.make_url("/"))
        with pytest.raises(BatonError):  # an address of this machine, and nobody allowed it (T5)
            await use("web.fetch", context(), url=url)
        said = await use("web.fetch", context(private=(LOCAL, "localhost")), url=url, max_length=10)
        assert said.startswith(f"{url}\n\nHello\n\nHel") and "go on with start_index 10" in said
        rest = await use("web.fetch", context(private=(LOCAL, "localhost")), url=url, start_index=10)
        whole = await use("web.fetch", context(private=(LOCAL, "localhost")), url=url)
        assert whole == f"{url}\n\n{said.split(chr(10), 2)[2][:10]}{rest.split(chr(10), 2)[2]}", "nothing is left over"
        mine = context(private=(LOCAL, "localhost"), hosts=(LOCAL,))
        for path, why in (("away", "not among those"), ("picture", "not text")):
            with pytest.raises(BatonError, match=why):
                await use("web.fetch", mine, url=f"{url}{path}")
