# SPDX-License-Identifier: Apache-2.0
"""The machine that was measured on, and the memory of a process."""
import os
import pathlib
import platform
import re

from byhand import BIN, call


def print_machine():
    cpu = re.search(r"^model name\s*: (.*)$",
                    pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} x {cpu.group(1) if cpu else platform.machine()}, "
          f"Linux {platform.release()}, "
          f"{call(BIN / 'postgres', '--version').strip()}, "
          f"load {load:.1f}\n")


def rollup_mb(pid, name):
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.search(rf"^{name}:\s+(\d+) kB", text, re.M).group(1)) / 1024


def pss_mb(pid):
    return rollup_mb(pid, "Pss")


def rss_mb(pid):
    return rollup_mb(pid, "Rss")
