# SPDX-License-Identifier: Apache-2.0
"""What the modules of fake_tenond share: files of a build and of a charm, waiting."""

from __future__ import annotations

import ctypes
import os
import threading
import time
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG = 1


def build_dir():
    """TENON_BUILD, or ./build beside the sources."""
    root = Path(__file__).resolve().parents[2]
    return Path(os.environ.get("TENON_BUILD", root / "build")).resolve()


def charm_dir(name):
    return build_dir() / "charms" / name


def wait_until(condition, what, timeout=30):
    """Wait for something that only looking can tell: at most `timeout` s."""
    deadline = time.monotonic() + timeout
    pause = threading.Event()
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {timeout} s")
        pause.wait(0.02)


def load_yaml(path):
    """The little of YAML that is needed of a charm's files."""
    return read_maps(path.read_text()) if path.exists() else {}


def read_maps(text):
    """Nested block maps with plain scalars; lists and block text are skipped."""
    root = {}
    stack = [(-1, root)]
    block = None
    for line in text.splitlines():
        stripped = line.strip()
        indent = len(line) - len(line.lstrip())
        if not stripped or stripped.startswith(("#", "- ")):
            continue
        if block is not None and indent > block:
            continue
        block = None
        key, _, value = stripped.partition(":")
        value = value.split(" #")[0].strip()
        while stack[-1][0] >= indent:
            stack.pop()
        if value and value[0] in "|>":
            block = indent
            stack[-1][1][key] = ""
        elif value:
            stack[-1][1][key] = scalar(value)
        else:
            child = {}
            stack[-1][1][key] = child
            stack.append((indent, child))
    return root


def scalar(text):
    if text[0] == text[-1] and text[0] in "'\"" and len(text) > 1:
        return text[1:-1]
    if text == "{}":
        return {}
    if text in ("true", "false"):
        return text == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


def die_with_parent(sig):
    def prepare():
        LIBC.prctl(PR_SET_PDEATHSIG, sig, 0, 0, 0)

    return prepare
