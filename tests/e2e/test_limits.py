# SPDX-License-Identifier: Apache-2.0
"""Clients that mean harm: each is answered or cut, and others are served."""
import contextlib
import http.client
import json
import os
import pathlib
import socket
import subprocess
import threading
import time

import pytest

from harness import (
    Events, Tenon, UnixConnection, make_model, read_proc, wait_until)
from test_access import OPERATOR, STRANGER, VIEWER, Identity, Shared

OWN, OTHERS, ONE, STRANGERS = 192, 96, 48, 32  # As src/base/limits.h says.
MIB = 1 << 20
# What somebody else's request may take meanwhile: a fraction of it, unless the
# machine is busy with other tests.
USUAL = 5.0
# What all that clients can make it keep may come to, beside the model.
MEMORY = 96 * MIB


def memory(pid):
    """Resident, in bytes."""
    return int(read_proc(pid, "statm").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def open_files(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def connections(path):
    """Of a socket, its own included: nobody but root sees tenond's files."""
    bound = f" {path}"[:-1] + "~"  # It is renamed once it listens.
    lines = pathlib.Path("/proc/net/unix").read_text().splitlines()
    return sum(line.endswith(bound) for line in lines)


def connect(path, timeout=30):
    """A connection, even if others stand in the queue."""
    one = socket.socket(socket.AF_UNIX)
    one.connect(str(path))
    one.settimeout(timeout)
    return one


def post(path, body=b"", length=None, headers=b""):
    length = len(body) if length is None else length
    return (b"POST %s HTTP/1.1\r\nHost: t\r\n%sContent-Length: %d\r\n\r\n"
            % (path, headers, length)) + body


def talk(path, data):
    """All that comes back for some bytes; what is not read is not sent."""
    with connect(path) as one:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            one.sendall(data)
        with contextlib.suppress(BrokenPipeError, OSError):
            one.shutdown(socket.SHUT_WR)
        answer = b""
        with contextlib.suppress(ConnectionResetError):
            while piece := one.recv(65536):
                answer += piece
        return answer


class Bystander:
    """Somebody who keeps asking, and notes the longest that it took."""

    def __init__(self, tenon):
        self.tenon, self.longest, self.count = tenon, 0.0, 0
        self.failure, self.over = None, threading.Event()
        self.thread = threading.Thread(target=self.ask)

    def ask(self):
        while not self.over.is_set():
            start = time.monotonic()
            try:
                self.tenon.get("/v1/models/-/status")
            except Exception as failure:  # Any is one too many.
                self.failure = failure
                return
            self.longest = max(self.longest, time.monotonic() - start)
            self.count += 1

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            seen = self.count
            wait_until(lambda: self.failure or self.count > seen + 1, 30)
        self.over.set()
        self.thread.join(60)
        if kind is None:
            assert self.failure is None, self.failure
            assert self.longest < USUAL, f"{self.longest:.2f} s"


NESTED = b'{"name":' + b"[" * 100000 + b"]" * 100000 + b"}"
BAD = {
    "deep JSON": (post(b"/v1/models", NESTED), 400),
    "JSON one level too deep": (
        post(b"/v1/models", b'{"name":' + b"[" * 32 + b"]" * 32 + b"}"), 400),
    "a key twice": (post(b"/v1/models", b'{"name":"a","name":"b"}'), 400),
    "a field in the query and the body": (
        post(b"/v1/models?name=a", b'{"name":"b"}'), 400),
    "no JSON": (post(b"/v1/models", b"\xff\x00\x01"), 400),
    "a NUL in a text": (post(b"/v1/models", b'{"name":"a\\u0000b"}'), 400),
    "a body that is announced too large": (
        post(b"/v1/models", b"", length=1 << 40), 413),
    "a length that is no number": (
        b"POST /v1/models HTTP/1.1\r\nHost: t\r\nContent-Length: x\r\n\r\n",
        400),
    "two lengths": (
        post(b"/v1/models", b"{}     ", length=2,
             headers=b"Content-Length: 7\r\n"), 400),
    "a chunk without an end": (
        b"POST /v1/models HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked"
        b"\r\n\r\nffffffffffffffffff\r\n", 413),
    "a long target": (b"GET /v1/" + b"a" * 10000 + b" HTTP/1.1\r\nHost: t"
                      b"\r\n\r\n", 413),
    "an endless target": (b"GET /v1/" + b"a" * MIB, None),
    "an endless header": (b"GET /v1 HTTP/1.1\r\nHost: " + b"a" * MIB, None),
    "many headers": (b"GET /v1 HTTP/1.1\r\nHost: t\r\n" + b"a: b\r\n" * 50000
                     + b"\r\n", None),
    "no method": (b"\r\n" * 50000, None),
    "garbage": (bytes(range(256)) * 256, None),
    "TLS": (bytes.fromhex("1603010200010001fc0303") + b"\r\n\r\n", None),
    "a request for a proxy": (b"GET http://x/v1 HTTP/1.1\r\nHost: t\r\n\r\n",
                              404),
    "no route": (b"GET /v2 HTTP/1.1\r\nHost: t\r\n\r\n", 404),
    "an escape that is none": (
        b"GET /v1/models/%zz HTTP/1.1\r\nHost: t\r\n\r\n", 400),
}


CROWD = """
import socket, sys
crowd = []
for _ in range(int(sys.argv[2])):
    one = socket.socket(socket.AF_UNIX)
    one.connect(sys.argv[1])
    one.setblocking(False)
    try:
        one.sendall(b"GET /v1 HTT")
    except OSError:
        pass
    crowd.append(one)
print("here", flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def crowd_of(uid, path, count):
    """A process of that user's with so many connections, open or not."""
    with subprocess.Popen(
            ["/usr/bin/python3", "-c", CROWD, str(path), str(count)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, user=uid, group=uid,
            extra_groups=[], cwd="/") as process:
        try:
            assert process.stdout.readline() == b"here\n"
            yield
        finally:
            process.kill()


@pytest.mark.ordinary
@pytest.mark.parametrize("name", BAD)
def test_a_bad_request_is_answered_or_cut(place, name):
    data, status = BAD[name]
    pid = place.daemon_pid()
    before = memory(pid)
    answer = talk(place.socket, data)
    if status:
        assert answer.startswith(b"HTTP/1.1 %d " % status), answer[:300]
    else:
        assert not answer.startswith(b"HTTP/1.1 2"), answer[:300]
    assert place.daemon_pid() == pid
    assert memory(pid) - before < MEMORY


@pytest.fixture(scope="module")
def place():
    one = Tenon()
    try:
        yield make_model(one)
    finally:
        one.cleanup()


@pytest.mark.ordinary
def test_what_is_pipelined_behind_an_answer_is_bounded(place):
    pid = place.daemon_pid()
    before = memory(pid)
    ask = b"GET /v1 HTTP/1.1\r\nHost: t\r\n\r\n"
    with Bystander(place), connect(place.socket) as one:
        one.settimeout(1)
        with contextlib.suppress(OSError):
            for _ in range(2000):
                one.sendall(ask * 1000)  # Until nobody takes any more.
        assert memory(pid) - before < MEMORY


@pytest.mark.ordinary
def test_bodies_that_never_end_are_bounded(place):
    pid = place.daemon_pid()
    before = memory(pid)
    ones = []
    with Bystander(place), contextlib.ExitStack() as stack:
        for _ in range(100):
            one = stack.enter_context(connect(place.socket, 5))
            with contextlib.suppress(OSError):
                one.sendall(post(b"/v1/models", b" " * (MIB - 9), MIB))
            ones.append(one)
        assert memory(pid) - before < MEMORY
    place.ok("status")


@pytest.mark.ordinary
def test_answers_that_nobody_reads_are_bounded(place):
    place.ok("deploy", "data-integrator", "large", "--wait")
    path = "/v1/models/tutorial/applications/large/config"
    status, answer = place.api("POST", path, {
        "set": {"extra-user-roles": "x" * (MIB - 100)}})
    assert status == 200, answer
    pid = place.daemon_pid()
    before = memory(pid)
    with Bystander(place), contextlib.ExitStack() as stack:
        for _ in range(150):
            one = stack.enter_context(connect(place.socket))
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
            one.sendall(b"GET %s HTTP/1.1\r\nHost: t\r\n\r\n"
                        % path.encode())
        wait_until(lambda: place.api("GET", path)[0] == 503, 10,
                   "there is no room for one more")
        assert memory(pid) - before < MEMORY
    wait_until(lambda: place.api("GET", path)[0] == 200, 10,
               "there is room again")
    place.ok("remove-application", "large", "--force", "--wait")


@pytest.mark.ordinary
def test_events_that_nobody_reads_are_bounded(place):
    pid = place.daemon_pid()
    before = memory(pid)
    with Bystander(place), contextlib.ExitStack() as stack:
        for _ in range(100):
            one = stack.enter_context(connect(place.socket))
            one.sendall(b"GET /v1/models/tutorial/events HTTP/1.1\r\nHost: t"
                        b"\r\n\r\n")
        reader = Events(place, "tutorial")
        stack.callback(reader.close)
        assert reader.next()
        place.ok("deploy", "data-integrator")
        reader.wait(lambda: place.units("data-integrator"))
        place.ok("remove-application", "data-integrator", "--wait")
        assert memory(pid) - before < MEMORY


@pytest.mark.ordinary
def test_calls_that_wait_hold_up_nobody(place):
    path = "/v1/models/tutorial/settled"
    place.ok("deploy", "data-integrator", "--wait")
    with contextlib.ExitStack() as stack:
        ones = []
        with Bystander(place):
            for _ in range(150):
                one = UnixConnection(place.socket, 60)
                one.request("POST", "/v1/models/tutorial/applications/"
                            "data-integrator/remove",
                            json.dumps({"wait": True}))
                stack.callback(one.close)
                ones.append(one)
        ended = [one.getresponse().status for one in ones]
    assert set(ended) <= {200, 404} and 200 in ended
    place.get(path)


def test_one_user_cannot_take_the_connections_of_others(as_root, place):
    shared = Shared(place)
    shared.grant()
    pid = place.daemon_pid()
    before = memory(pid), open_files(pid)
    try:
        with Bystander(place), \
                crowd_of(OPERATOR, shared.socket, 1500), \
                crowd_of(STRANGER, shared.socket, 1500):
            wait_until(lambda: open_files(pid) <=
                       before[1] + ONE + STRANGERS + 3, 20)
            assert memory(pid) - before[0] < MEMORY
            # Somebody else who has a role is still let in.
            shared.ok(VIEWER, "status")
        wait_until(lambda: open_files(pid) <= before[1] + 2, 20,
                   "what they had is closed")
        shared.ok(OPERATOR, "status")
    finally:
        shared.file.unlink()
        wait_until(lambda: not shared.socket.exists(), 10)


def test_who_has_too_many_connections_is_told(as_root, place):
    shared = Shared(place)
    shared.grant()
    try:
        with contextlib.ExitStack() as stack:
            with Identity(OPERATOR):
                for _ in range(ONE):
                    stack.enter_context(connect(shared.socket))
                one = UnixConnection(shared.socket, 30)
                one.connect()
            with contextlib.suppress(OSError):
                one.request("GET", "/v1")
            try:
                answer = one.getresponse()
            except (OSError, http.client.HTTPException):
                return  # It was cut before it had asked.
            said = json.loads(answer.read())["error"]["message"]
            assert answer.status == 503
            assert said == "too many connections of this user"
    finally:
        shared.file.unlink()
        wait_until(lambda: not shared.socket.exists(), 10)


@pytest.mark.ordinary
def test_the_owners_crowd_ends_with_its_connections(place):
    before = connections(place.socket)
    assert before > 0
    with contextlib.ExitStack() as stack:
        for _ in range(2000):
            stack.enter_context(connect(place.socket)).setblocking(False)
        wait_until(lambda: connections(place.socket) <= before + OWN, 20)
        assert connections(place.socket) > before
    wait_until(lambda: connections(place.socket) <= before, 20)
    place.ok("status")
