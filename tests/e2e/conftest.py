# SPDX-License-Identifier: Apache-2.0
"""Fixtures: a state directory per test, or one cluster per file of tests."""
import shutil
import sys
import pathlib

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from harness import (  # noqa: E402
    IS_ROOT, LIVE, TENON, TENOND, Tenon, make_cluster, make_model)


def pytest_sessionstart(session):
    for binary in (TENON, TENOND):
        if not binary.exists():
            pytest.exit(f"{binary} is missing: build first "
                        "(meson setup build && ninja -C build)", 2)
    if not shutil.which("psql"):
        pytest.exit("psql is missing: apt-get install postgresql-client", 2)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed:
        for tenon in LIVE:
            report.sections.append((f"state of {tenon.home}", tenon.report()))


@pytest.fixture
def tenon():
    """A state directory in which nothing has happened."""
    one = Tenon()
    yield one
    one.cleanup()


@pytest.fixture
def tutorial(tenon):
    """A controller `overlord` and an empty model `tutorial`."""
    return make_model(tenon)


@pytest.fixture
def fresh_cluster(tenon):
    """A related cluster of two that a test may break."""
    return make_cluster(tenon)


@pytest.fixture(scope="module")
def cluster():
    """The same, shared by the tests of a file, which leave it as it was."""
    one = Tenon()
    try:
        yield make_cluster(one)
    finally:
        one.cleanup()


@pytest.fixture
def as_root():
    if not IS_ROOT:
        pytest.skip("needs root")


@pytest.fixture
def as_ordinary_user():
    if IS_ROOT:
        pytest.skip("is about users without rights; ./check runs it as one")
