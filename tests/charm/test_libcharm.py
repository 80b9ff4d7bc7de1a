# SPDX-License-Identifier: Apache-2.0
"""libcharm's side of the protocol, through a charm that does as it is told."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request

import pytest
from fake_basics import build_dir, wait_until
from fake_tenond import Model
from fake_unit import CharmDied

LIMIT = 1024 * 1024
METADATA = """\
name: probe
peers:
  peers:
    interface: p
requires:
  link:
    interface: l
"""


@pytest.fixture(name="model")
def _model():
    with Model() as model:
        yield model


@pytest.fixture(name="unit")
def _unit(model, tmp_path):
    (tmp_path / "metadata.yaml").write_text(METADATA)
    (tmp_path / "config.yaml").write_text("options:\n  port:\n    type: int\n    default: 1\n")
    (tmp_path / "dispatch").symlink_to(build_dir() / "tests/unit/charm/probe")
    return model.deploy(tmp_path, config={"name": "n"})[0]


@pytest.fixture(name="related")
def _related(model, unit):
    other = model.deploy(None, name="other", units=2)
    relation = model.relate(other, "db", unit.app, "link")
    model.settle()
    return relation


def value(result):
    assert result.ok, result
    return result.results["value"]


def restarts(unit):
    """The process ends with status 1 and says why; the next event gets a new one."""
    assert unit.process.wait(10) == 1
    unit.kill_process()
    assert unit.hook("count").ok
    return unit.output()


# ---- events ----


def test_the_process_stays_between_events_and_keeps_its_state(unit):
    for count in (1, 2, 3):
        assert unit.hook("count").ok
        assert unit.state["count"] == count
    assert unit.stop_process() == 0
    assert unit.hook("count").ok
    assert unit.state["count"] == 1


def test_end_of_file_ends_the_process_with_0(unit):
    unit.start_process()
    assert unit.stop_process() == 0


def test_output_is_flushed_by_lines(unit):
    unit.hook("count")
    assert unit.output() == "count 1\n"


def test_an_unknown_hook_succeeds(unit):
    result = unit.hook("collect-metrics")
    assert result.ok and result.calls == []


def test_an_unknown_action_fails_with_a_message(unit):
    result = unit.action("fly")
    assert not result.ok
    assert result.message == 'the charm does not implement the action "fly"'


def test_a_failing_handler_ends_with_its_message_and_writes_nothing(unit):
    result = unit.hook("write-then-fail")
    assert not result.ok
    assert result.message == 'cannot: "write-then-fail"\n?'
    assert unit.state == {}


def test_a_failure_without_an_error_is_still_told(unit):
    result = unit.hook("fail-silently")
    assert not result.ok and result.message == "no reason given"


def test_a_charm_that_exits_is_seen(unit):
    with pytest.raises(CharmDied, match=r"status 7"):
        unit.hook("exit-now")


def test_relation_events_carry_their_fields(unit):
    fields = {"endpoint": "link", "relation": "link:3", "remote_app": "x", "remote_unit": "x/0"}
    assert unit.hook("link-relation-joined", **fields).ok
    expected = {k.replace("_", "-"): v for k, v in fields.items()}
    assert unit.state["seen"] == {"name": "link-relation-joined", **expected}
    assert unit.hook("link-relation-departed", **fields, departing_unit="x/0").ok
    assert unit.state["seen"] == {"name": "link-relation-departed", **expected,
                                  "departing-unit": "x/0"}
    assert unit.hook("service-changed", service="web").ok
    assert unit.state["seen"] == {"name": "service-changed", "service": "web"}


def test_who_we_are_comes_from_the_environment(unit, model):
    assert value(unit.action("event")) == {
        "unit": "probe/0", "app": "probe", "model": "test", "model-uuid": model.uuid,
        "charm-dir": str(unit.app.charm_dir), "unit-dir": str(unit.dir), "action": "event"}


def run_alone(unit, **env):
    """Start dispatch by hand: its status and standard error."""
    base = {"TENON_CHARM_FD": "0", "JUJU_UNIT_NAME": "p/0", "JUJU_MODEL_NAME": "m",
            "JUJU_MODEL_UUID": "u", "JUJU_CHARM_DIR": "/", "TENON_UNIT_DIR": "/"}
    done = subprocess.run([unit.app.charm_dir / "dispatch"], env={**base, **env},
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30,
                          check=False)
    return done.returncode, done.stderr


@pytest.mark.parametrize("name", ["JUJU_UNIT_NAME", "JUJU_MODEL_NAME", "JUJU_MODEL_UUID",
                                  "JUJU_CHARM_DIR", "TENON_UNIT_DIR", "TENON_CHARM_FD"])
def test_a_missing_variable_is_named(unit, name):
    assert run_alone(unit, **{name: ""}) == (1, f"charm: {name} is not set\n")


@pytest.mark.parametrize("text", ["x", "-1", "3 ", "99999999999"])
def test_a_malformed_descriptor_is_named(unit, text):
    assert run_alone(unit, TENON_CHARM_FD=text) == (
        1, f'charm: TENON_CHARM_FD is not a descriptor: "{text}"\n')


def test_a_descriptor_that_is_not_open_is_an_error(unit):
    assert run_alone(unit, TENON_CHARM_FD="77") == (
        1, "charm: descriptor 77: bad file descriptor\n")


# ---- hook tools ----


def test_every_tool_is_asked_as_the_protocol_says(unit, related):
    relation = "link:1"
    spec = {"argv": ["/bin/sleep", "1000"], "restart": False}
    cases = [
        ("config", {}, [("config-get", {})], {"port": 1, "name": "n"}),
        ("leader", {}, [("is-leader", {})], True),
        ("address", {}, [("unit-get", {"name": "private-address"})], unit.address),
        ("storage", {"name": "pgdata"}, [("storage-get", {"name": "pgdata"})],
         str(unit.dir / "storage" / "pgdata")),
        ("relation", {"endpoint": "link"},
         [("relation-ids", {"endpoint": "link"}), ("relation-app", {"relation": relation}),
          ("relation-list", {"relation": relation}),
          ("relation-get", {"relation": relation, "who": "other"})],
         {"id": relation, "app": "other", "units": ["other/0", "other/1"], "bag": {}}),
        ("service", {"values": spec},
         [("service-set", {"name": "s", "spec": spec}), ("service-start", {"name": "s"}),
          ("service-get", {"name": "s"})], None),
        ("service-stop", {}, [("service-stop", {"name": "s"}), ("service-get", {"name": "s"})],
         {"state": "stopped", "pid": 0, "detail": "signal 15"}),
        ("update", {"seconds": 30}, [("update-status-after", {"seconds": 30})], {}),
    ]
    assert related.hook_id("probe") == relation
    for action, params, calls, expected in cases:
        result = unit.action(action, params)
        asked = [(c.tool, c.args) for c in result.calls if c.tool != "action-set"]
        assert asked == calls
        if expected is not None:
            assert value(result) == expected


def test_the_options_are_asked_for_once_in_an_event_and_again_in_the_next(unit):
    for port in (2, 3):
        unit.app.set_config(port=port)
        result = unit.action("config-twice")
        assert [c.tool for c in result.calls if c.tool != "action-set"] == ["config-get"]
        assert value(result) == [{"port": port, "name": "n"}] * 2
    unit.app.set_config(port=None)


def test_a_hook_that_is_put_off_ends_with_its_reason(unit):
    result = unit.action("defer", {"seconds": 5})
    assert [(c.tool, c.args) for c in result.calls] == [("hook-defer", {"seconds": 5})]
    assert not result.ok and result.message == "not yet"


def test_state_is_set_and_its_nulls_remove(unit):
    assert value(unit.action("state", {"values": {"a": [1, None], "b": "x"}})) == {
        "a": [1, None], "b": "x"}
    assert value(unit.action("state", {"values": {"b": None}})) == {"a": [1, None]}
    assert unit.state == {"a": [1, None]}


def test_bags_are_written_for_the_unit_and_the_application(unit, related):
    values = {"k": "v", "quote": "o'neil \"x\"", "uni": "\u6570 \U0001f418", "nl": "a\nb", "a.b": "c"}
    assert unit.action("bags", {"relation": "link:1", "values": values}).ok
    assert dict(related.app_bags["probe"]) == values
    assert values.items() <= dict(related.unit_bags["probe/0"]).items()
    assert unit.action("bags", {"relation": "link:1", "values": {"k": None}}).ok
    assert "k" not in related.app_bags["probe"]


def test_status_version_port_and_logs_arrive(unit):
    message = "50% \u00e9 'x' {y}\n%s"
    result = unit.action("statuses", {"message": message, "version": "15.7"})
    assert result.ok and result.log == ["half way"]
    assert unit.status == ("waiting", message)
    assert unit.app.status == ("active", message)
    assert unit.app.version == "15.7"
    assert unit.ports == {"5432/tcp"}
    assert unit.log == [("INFO", f"to the log: {message}")]


def test_an_action_fails_with_a_message_and_succeeds_as_an_event(unit):
    result = unit.action("fail", {"message": "no such \"user\""})
    assert result.ok and result.failure == 'no such "user"'


@pytest.mark.parametrize("answer,message", [
    ({"error": {"code": "denied", "message": "permission denied", "hint": ""}},
     "is-leader: permission denied"),
    ({"error": {"code": "new-code", "message": "what", "hint": "x"}}, "is-leader: what"),
    ({"error": {}}, "is-leader: no reason given"),
    ({"error": "text"}, "is-leader: no reason given"),
    ({}, "is-leader: no reason given"),
    ({"ok": "yes"}, 'is-leader: unexpected answer "yes"'),
    ({"ok": None}, "is-leader: unexpected answer null"),
])
def test_what_a_tool_answers_wrongly_fails_the_handler(unit, model, answer, message):
    model.faults["is-leader"] = answer
    result = unit.action("leader")
    assert not result.ok and result.message == message
    model.faults.clear()
    assert value(unit.action("leader")) is True


def test_an_unknown_tool_is_an_error(unit):
    result = unit.action("call", {"tool": "fly", "args": {}})
    assert not result.ok and result.message == "fly: no such tool"


def test_text_that_is_not_utf8_is_repaired_in_messages_and_refused_in_values(unit, related):
    assert related in unit.seen
    result = unit.action("bad-text", {"relation": "link:1"})
    assert unit.status == ("active", "a??(\u20ac")
    assert not result.ok
    assert result.message == "relation-set: an argument is not UTF-8 text"


# ---- sizes ----


def test_a_message_may_have_up_to_a_mebibyte(unit):
    room = len('{"id":1,"tool":"action-set","args":{"values":{"value":""}}}')
    result = unit.action("large", {"size": LIMIT - room})
    assert len(value(result)) == LIMIT - room


def test_a_larger_message_fails_the_handler_only(unit):
    result = unit.action("large", {"size": LIMIT})
    assert not result.ok
    assert result.message.startswith("action-set: message of 10486")
    assert result.message.endswith(" bytes, at most 1048576 are allowed")
    pid = unit.process.pid
    assert value(unit.action("leader")) is True
    assert unit.process.pid == pid


def test_a_large_answer_is_read(unit, model):
    model.faults["config-get"] = {"ok": {"x": "y" * (LIMIT - 1000)}}
    result = unit.action("config")
    assert len(value(result)["x"]) == LIMIT - 1000


def test_an_answer_beyond_the_limit_ends_the_process(unit):
    unit.start_process()
    unit.sock.settimeout(10)
    with pytest.raises(OSError):
        while True:
            unit.sock.sendall(b"x" * 65536)
    assert "message from tenond of more than 1048576 bytes" in restarts(unit)


# ---- a server that errs ----


@pytest.mark.parametrize("line", [b"{}", b"[]", b"null", b"hello", b"", b'{"hook": 1}',
                                  b'{"hook": "a", "hook": "b"}', b"\xff\xfe", b"[" * 100,
                                  b'{"hook": "a\\u0000b"}'])
def test_what_is_no_event_ends_the_process(unit, line):
    unit.start_process()
    unit.sock.sendall(line + b"\n")
    assert "charm: " in restarts(unit)


def test_an_answer_to_another_question_ends_the_process(unit):
    unit.start_process()
    unit.send({"action": "leader", "params": {}})
    line = json.loads(unit.sock.makefile("rb").readline())
    unit.send({"id": line["id"] + 1, "ok": True})
    end = unit.sock.makefile("rb").readline()
    assert end == b""
    output = restarts(unit)
    assert "tenond closed the channel" in output


def test_an_event_may_come_in_single_bytes(unit):
    unit.start_process()
    unit.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
    for byte in b'{"hook": "count"}\n':
        unit.sock.sendall(bytes([byte]))
    first = json.loads(unit.sock.makefile("rb").readline())
    assert first["tool"] == "state-set" and first["args"] == {"values": {"count": 1}}
    unit.send({"id": first["id"], "ok": None})
    assert json.loads(unit.sock.makefile("rb").readline())["end"] == 0


def test_the_first_end_tells_what_the_charm_takes_part_in(unit):
    unit.start_process()
    ends = []
    for _ in range(2):
        unit.send({"hook": "nothing-of-ours"})
        ends.append(unit.receive(time.monotonic() + 10))
    assert ends[1] == {"end": 0}
    assert ends[0]["end"] == 0 and "count" in ends[0]["hooks"]
    assert ends[0]["application-endpoints"] == ["quiet"]


def test_a_unit_that_says_nothing_is_not_listened_to(unit):
    bag = {"endpoint": "quiet", "relation": "quiet:7", "remote_app": "far"}
    assert unit.hook("quiet-relation-changed", remote_unit="far/0", **bag).ok
    assert not unit.hook("quiet-relation-changed", **bag).ok
    assert not unit.hook("quiet-relation-departed", remote_unit="far/0", **bag).ok


def test_end_of_file_within_an_event_ends_the_process_with_1(unit):
    unit.start_process()
    unit.send({"action": "leader", "params": {}})
    assert unit.sock.recv(1) == b"{"
    assert unit.stop_process() == 1


# ---- the process ----


def test_programs_do_not_inherit_the_channel(unit):
    assert value(unit.action("closes-on-exec")) is True
    files = value(unit.action("open-files"))
    assert "/dev/null" in files and "pipe:" in files
    assert "socket:" not in files


def test_writing_into_a_broken_pipe_is_an_error_and_no_death(unit):
    assert value(unit.action("broken-pipe")) == "write: broken pipe"


def test_the_charm_dies_by_a_signal_as_any_program(unit):
    unit.start_process()
    os.kill(unit.process.pid, signal.SIGTERM)
    assert unit.process.wait(10) == -signal.SIGTERM


# ---- the services of the server that the tests use ----


def test_a_service_that_ends_by_itself_is_started_again_and_told(unit, model):
    model.settle()
    assert unit.action("service", {"values": {"argv": ["/bin/sleep", "1000"]}}).ok
    service = unit.services["s"]
    pid = service.pid
    os.kill(pid, signal.SIGKILL)
    model.wait_for_service_event()
    wait_until(lambda: service.pid not in (0, pid), "a new process")
    assert ("probe/0", "service-changed") in model.settle()
    assert unit.action("service-stop").ok
    assert service.pid == 0


def test_a_service_that_keeps_failing_is_left_alone(unit, model):
    model.settle()
    assert unit.action("service", {"values": {"argv": ["/bin/false"]}}).ok
    wait_until(lambda: unit.services["s"].state == "failed", "failure")
    assert unit.services["s"].describe() == {"state": "failed", "pid": 0,
                                             "detail": "exit status 1"}


def test_a_service_that_cannot_be_run_is_refused(unit):
    result = unit.action("service", {"values": {"argv": ["/nonexistent"]}})
    assert not result.ok and result.message.startswith("service-start: service s: ")


# ---- the example ----


def test_the_example_serves_its_page():
    with Model() as model:
        site = model.deploy(build_dir() / "examples/static-site")
        model.settle()
        assert site[0].status == ("active", "")
        url = f"http://{site[0].address}:8080/"

        def page():
            try:
                with urllib.request.urlopen(url, timeout=10) as answer:
                    return answer.read().decode()
            except OSError:
                return None

        assert wait_until(page, "the page") == "Hello, world\n"
        site.set_config(greeting="Good morning")
        model.settle()
        assert page() == "Good morning\n"
        assert value_of(site[0].action("show-page"), "page") == "Good morning\n"
        client = model.deploy(None, name="client")
        relation = model.relate(site, "website", client, "site")
        model.settle()
        bag = relation.unit_bags["static-site/0"]
        assert (bag["hostname"], bag["port"]) == (site[0].address, "8080")
        assert site[0].ports == {"8080/tcp"}


def value_of(result, key):
    assert result.ok, result
    return result.results[key]
