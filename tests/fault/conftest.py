# SPDX-License-Identifier: Apache-2.0
"""Fault tests share the harness of the end-to-end tests."""
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]

from harness import TENON  # noqa: E402


def pytest_sessionstart(session):
    if not TENON.exists():
        pytest.exit(f"{TENON} is missing: build first "
                    "(meson setup build && ninja -C build)", 2)
