# SPDX-License-Identifier: Apache-2.0
"""Names and values that our statement builder quotes, read back by a real server.

They are those with which tests/fuzz begins, and what else has a meaning in SQL.
"""

import contextlib
import pathlib
import subprocess

import pytest
from fake_basics import build_dir
from postgresql_world import cluster

CORPUS = pathlib.Path(__file__).resolve().parents[1] / "fuzz/corpus/sql"
PIECES = ["'", '"', "\\", "''", '""', "\\'", "--", "/*", "*/", ";", "$$", "$1", "%", "%I", "%L",
          "%s", "\n", "\r", "\t", "\x01", "\x7f", " ", "E'", "U&'\\0041'", 'U&"', "\u00a0", "\u2028",
          "\ufeff", "’", "é", "e\u0301", "日本", "\U0001f418", "NULL", "null", "SELECT", "public",
          ":owner", "a.b", "-x", "all", "{", "}", ",", "=", "|", "&", "\u202e"]


def corpus():
    """Every text of the seeds of the fuzz target that is UTF-8."""
    for path in sorted(CORPUS.iterdir()):
        for field in path.read_bytes().split(b"\0"):
            with contextlib.suppress(UnicodeDecodeError):
                yield field.decode()


TEXTS = sorted({*corpus(), *PIECES, *(a + b for a in PIECES for b in PIECES)} - {""})
NAMES = [text for text in TEXTS if len(text.encode()) <= 63]


@pytest.fixture(scope="module")
def server():
    with cluster(units=1) as world, \
            contextlib.closing(world.connect(world.primary)) as connection:
        yield connection


def built(template, *args):
    """What the charm would send."""
    done = subprocess.run([build_dir() / "tests/unit/postgresql/quote", template, *args],
                          capture_output=True, check=True)
    return done.stdout


def batches(items, size):
    return [items[i:i + size] for i in range(0, len(items), size)]


def test_every_value_comes_back_as_it_was(server):
    with server.cursor() as cursor:
        for batch in batches(TEXTS, 8):
            cursor.execute(built("SELECT " + ", ".join(["%L"] * len(batch)), *batch))
            assert list(cursor.fetchone()) == batch


def test_every_name_comes_back_as_it_was(server):
    with server.cursor() as cursor:
        for batch in batches(NAMES, 8):
            cursor.execute(built("SELECT " + ", ".join(["1 AS %I"] * len(batch)), *batch))
            assert [column.name for column in cursor.description] == batch


def test_roles_with_such_names_are_made_commented_and_dropped(server):
    before = "SELECT count(*) FROM pg_authid"
    with server.cursor() as cursor:
        cursor.execute(before)
        count = cursor.fetchone()
        for name in NAMES[::7]:
            cursor.execute(built("CREATE ROLE %I; COMMENT ON ROLE %I IS %L;", name, name, name))
            cursor.execute("SELECT shobj_description(oid, 'pg_authid') FROM pg_authid"
                           " WHERE rolname = %s", (name,))
            assert cursor.fetchall() == [(name,)]
            cursor.execute(built("DROP ROLE %I;", name))
        cursor.execute(before)
        assert cursor.fetchone() == count


@pytest.mark.parametrize("name", ["", "x" * 64, "é" * 32])
def test_a_name_that_the_server_would_cut_is_refused(name):
    done = subprocess.run([build_dir() / "tests/unit/postgresql/quote", "DROP ROLE %I;", name],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 1 and done.stdout == ""
    assert "identifier" in done.stderr
