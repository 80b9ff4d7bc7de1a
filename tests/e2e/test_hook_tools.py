# SPDX-License-Identifier: Apache-2.0
"""Charms that are scripts: Juju's environment, and its hook tools as programs."""
import json
import re

import pytest

from document import faults, schema_named
from harness import BUILD, ROOT, Tenon, make_model

pytestmark = [pytest.mark.xdist_group("hook_tools"), pytest.mark.ordinary]

CHARMS = ROOT / "tests/data/charms"


@pytest.fixture(scope="module")
def scripts():
    """hello/0 and hello/1, to which guest/0 is related; and old-style/0."""
    tenon = Tenon()
    try:
        make_model(tenon)
        tenon.ok("deploy", CHARMS / "greeter", "hello", "-n", "2")
        tenon.ok("deploy", CHARMS / "greeter", "guest")
        tenon.ok("deploy", CHARMS / "old-style")
        tenon.ok("relate", "hello:greeting", "guest:greeted")
        tenon.settled()
        yield tenon
    finally:
        tenon.cleanup()


def task_of(result):
    (task,) = json.loads(result.stdout).values()
    return task


ASK = """import http.client, json, os, socket
asked = http.client.HTTPConnection("localhost")
asked.sock = socket.socket(socket.AF_UNIX)
asked.sock.connect(os.environ["JUJU_AGENT_SOCKET_ADDRESS"])
asked.request("POST", "/v1/hook-tools", json.dumps(
    {"context": os.environ["JUJU_CONTEXT_ID"], "tool": "is-leader"}))
print(asked.getresponse().read().decode())
"""


def test_a_script_without_the_programs_asks_the_api(scripts):
    answer = json.loads(scripts.ok("exec", "--unit", "hello/0", "--",
                                   "python3", "-c", ASK).stdout)
    assert answer == {"value": True}
    assert faults(answer, schema_named("tool-value")) == []


def test_a_script_reads_and_writes_databags(scripts):
    assert scripts.workload("guest/0") == ("active", "hello: hello/0 hello/1")


def charm_of_the_manual(place):
    """The files of the first example in tenon-charm(7)."""
    page = (ROOT / "man/tenon-charm.7").read_text()
    for name, text in re.findall(
            r"^\.Pa (\S+) :\n\.Bd -literal[^\n]*\n(.*?)^\.Ed$", page, re.M | re.S):
        (place / name).write_text(text)
        (place / name).chmod(0o755)
    return place


def test_the_charm_of_the_manual_page_works_as_it_is_printed(scripts):
    place = scripts.base / "mycharm"
    place.mkdir()
    scripts.ok("deploy", charm_of_the_manual(place), "--wait")
    assert scripts.workload("mycharm/0") == ("active", "hello")
    scripts.ok("config", "mycharm", "word=bye", "--wait")
    assert scripts.workload("mycharm/0") == ("active", "bye")
    task = task_of(scripts.ok("run", "mycharm/0", "greet", "--format", "json"))
    assert task["results"]["said"] == "bye world"


def test_a_script_says_its_version_and_opens_ports(scripts):
    app = scripts.status()["applications"]["hello"]
    assert app["version"] == "1.0"
    assert app["units"]["hello/0"]["open-ports"] == ["8080/tcp"]


def test_ranges_of_ports_are_opened_and_shown(scripts):
    def ports(**env):
        lines = scripts.ok("status", env=env).stdout.splitlines()
        (row,) = [line for line in lines if line.startswith("hello/1")]
        return re.search(r"127\.\S+\s+(.*?)\s\s", row)[1]
    opened = ["8000-8010", "icmp", "53/udp"]
    scripts.ok("exec", "--unit", "hello/1", "--",
               " && ".join(f"open-port {port}" for port in opened))
    assert ports() == "8080/tcp,8000-8010/tcp,icmp,53/udp"
    assert ports(TENON_COMPAT="3") == "8000-8010,8080/tcp 53/udp icmp"
    refused = scripts.fails(1, "exec", "--unit", "hello/1", "--", "open-port 8005")
    assert 'ERROR cannot open 8005/tcp (unit "hello/1"): port range conflicts ' \
        "with 8000-8010/tcp" in refused.stderr
    scripts.ok("exec", "--unit", "hello/1", "--",
               " && ".join(f"close-port {port}" for port in opened))
    assert ports() == "8080/tcp"


def test_an_action_of_a_script_gives_results_log_and_output(scripts):
    task = task_of(scripts.ok("run", "hello/0", "greet", "name=you",
                              "--format", "json"))
    assert task["status"] == "completed"
    assert task["results"] == {
        "greeting": "hello you", "deep": {"id": task["id"]},
        "return-code": 0, "stdout": "to standard output\n"}
    assert [line.split()[-1] for line in task["log"]] == ["greeting"]


def test_an_action_that_ends_badly_says_how_and_what_it_wrote(scripts):
    result = scripts.fails(1, "run", "hello/0", "break", "--format", "json")
    task = task_of(result)
    assert task["status"] == "failed"
    assert task["results"] == {"return-code": 3, "stderr": "it is broken\n"}
    assert "with return code 3" in result.stderr
    assert scripts.workload("hello/0")[0] == "active"


def test_an_action_that_gives_up_has_failed_in_order(scripts):
    task = task_of(scripts.ok("run", "hello/0", "refuse", "--format", "json"))
    assert (task["status"], task["message"]) == ("failed", "I would rather not")
    assert task["results"]["return-code"] == 0


def test_an_old_charm_has_a_program_for_each_hook(scripts):
    assert scripts.workload("old-style/0") == ("active", "start ran")
    task = task_of(scripts.ok("run", "old-style/0", "hello",
                              "--format", "json"))
    assert task["results"]["hello"] == "hello"


def test_an_action_without_its_program_fails(scripts):
    task = task_of(scripts.ok("run", "old-style/0", "lost",
                              "--format", "json"))
    assert (task["status"], task["message"]) == (
        "failed", "the charm has no such program")


def test_a_tool_outside_a_hook_says_so(scripts):
    result = scripts.run("x", binary=BUILD / "hooktools/config-get")
    assert (result.rc, result.stderr) == (1, "ERROR JUJU_CONTEXT_ID not set\n")


def test_a_context_that_is_over_is_refused(scripts):
    result = scripts.run(binary=BUILD / "hooktools/is-leader", env={
        "JUJU_CONTEXT_ID": "hello/0-greet-0123456789abcdef",
        "JUJU_AGENT_SOCKET_ADDRESS": str(scripts.socket)})
    assert result.rc == 1
    assert "its hook has ended" in result.stderr


@pytest.mark.parametrize("words, rc, message", [
    (["config-get", "--nope"], 2, "option provided but not defined: --nope"),
    (["relation-get", "-", "x/0"], 2, "no relation id specified"),
    (["relation-get", "-r", "1"], 2, "no unit or application specified"),
    (["relation-get", "-r", "1", "-", "x"], 2,
     'expected unit name, got application name "x"'),
    (["relation-ids"], 2, "no endpoint name specified"),
    (["action-set", "a"], 2, 'expected "key=value", got "a"'),
    (["secret-get"], 2, "require either a secret URI or label"),
    (["resource-get", "x"], 1,
     "resource-get: charms have no resources here"),
])
def test_words_that_make_no_sense_are_refused(scripts, words, rc, message):
    result = scripts.run(*words[1:], binary=BUILD / "hooktools" / words[0])
    assert (result.rc, result.stderr) == (rc, f"ERROR {message}\n")


def test_each_tool_shows_its_help(scripts):
    for tool in (BUILD / "hooktools").iterdir():
        if tool.is_symlink() and tool.name not in (
                "add-metric", "credential-get", "goal-state", "juju-reboot",
                "leader-get", "leader-set", "pod-spec-set", "resource-get",
                "storage-add"):
            result = scripts.ok("--help", binary=tool)
            assert result.stdout.startswith(f"Usage: {tool.name}"), str(result)
            assert "--model" not in result.stdout, str(result)


# ---- commands, and the tools that they find ----

def relation_of(scripts):
    (found,) = [r["id"] for r in scripts.raw_status()["relations"]
                if r["type"] == "regular"]
    return found


@pytest.mark.parametrize("command, expected", [
    ("config-get", "times: 1\nword: hello\n"),
    ("config-get word", "hello\n"),
    ("config-get --format=json", '{"times":1,"word":"hello"}\n'),
    ("config-get --format=json unset", "null\n"),
    ("config-get unset", ""),
    ("is-leader --format=json", "true\n"),
    ("relation-ids greeting", "greeting:{id}\n"),
    ("relation-ids greeting --format=json", '["greeting:{id}"]\n'),
    ("relation-ids greeted --format=json", "[]\n"),
    ("relation-list -r {id}", "guest/0\n"),
    ("relation-list -r greeting:{id} --app", "guest\n"),
    ("relation-get -r {id} --app word hello/0", "hello\n"),
    ("relation-get -r {id} - hello --app --format=json",
     '{{"times":"1","word":"hello"}}\n'),
    ("relation-get -r {id} from hello/1", "hello/1\n"),
    ("relation-get -r {id} --format=json nothing hello/1", "null\n"),
    ("status-get", "active\n"),
    ("status-get --include-data --format=json",
     '{{"message":"hello","status":"active","status-data":{{}}}}\n'),
    ("opened-ports", "8080/tcp\n"),
    ("unit-get private-address", "{address}\n"),
    ("network-get greeting --ingress-address", "{address}\n"),
    ("network-get greeting --egress-subnets", "{address}/32\n"),
    ("state-set a=1 && state-get a && state-delete a && state-get a", "1\n"),
    ("config-get word -o ../../no/such/file || echo refused", "refused\n"),
])
def test_tools_show_what_a_script_reads(scripts, command, expected):
    holes = {"id": relation_of(scripts), "address": scripts.address("hello/0")}
    result = scripts.ok("exec", "-q", "--unit", "hello/0", "--",
                        command.format(**holes))
    assert result.stdout == (
        expected.format(**holes) if "{{" in expected or "{i" in expected
        or "{a" in expected else expected)


def test_a_command_that_fails_keeps_nothing_and_one_that_works_does(scripts):
    rel = relation_of(scripts)
    write = f"printf 'k: 12\\nj: \"07\"\\n' | relation-set -r {rel} --file -"
    read = f"relation-get -r {rel} - guest/0 --format=json"
    scripts.fails(1, "exec", "--unit", "guest/0", f"{write}; exit 2")
    assert "k" not in scripts.ok("exec", "-u", "guest/0", read).stdout
    scripts.ok("exec", "--unit", "guest/0", f"{write}; {read}")
    assert json.loads(scripts.ok("exec", "-u", "guest/0", read).stdout) \
        .items() >= {"k": "12", "j": "07"}.items()
    scripts.ok("exec", "--unit", "guest/0",
               f"relation-set -r {rel} k= j= && {read}")
    assert "k" not in scripts.ok("exec", "-u", "guest/0", read).stdout


@pytest.mark.parametrize("command, rc, message", [
    ("relation-list -r 42", 2,
     'invalid value "42" for option -r: relation not found'),
    ("status-set sideways", 2,
     'invalid status "sideways", expected one of '
     "[maintenance blocked waiting active]"),
    ("network-get nowhere", 1,
     'no network config found for binding "nowhere"'),
])
def test_a_tool_that_is_refused_says_why(scripts, command, rc, message):
    result = scripts.fails(1, "exec", "-q", "-u", "hello/0", command)
    assert result.stderr.startswith(f"ERROR {message}\n"), str(result)
    assert f"with return code {rc}" in result.stderr


def test_a_secret_is_made_and_read_with_the_tools(scripts):
    result = scripts.ok(
        "exec", "-u", "hello/0",
        "id=$(secret-add --label key word=value) && secret-get $id && "
        "secret-get --label key --format=json && secret-remove $id")
    assert result.stdout == 'word: value\n{"word":"value"}\n'


def test_words_are_passed_on_as_they_are(scripts):
    result = scripts.ok("exec", "--unit", "hello/0", "--",
                        "printf", "<%s>", "a  b", "$HOME", "it's", "")
    assert result.stdout == "<a  b><$HOME><it's><>"


def test_a_machine_is_asked_by_its_number(scripts):
    result = scripts.ok("exec", "--format", "json", "--machine", "0",
                        "echo ${JUJU_UNIT_NAME-none}")
    (name, task), = json.loads(result.stdout).items()
    assert (name, task["results"]["stdout"]) == ("0", "none\n")
    listed = json.loads(scripts.ok("operations", "--machines", "0",
                                   "--format", "json").stdout)
    (operation,) = listed.values()
    assert operation["summary"] == "juju-exec run on machine-0"
    assert operation["tasks"][task["id"]]["host"] == "0"


def test_run_with_a_target_is_that_of_juju_2_9(scripts):
    result = scripts.ok("run", "--parallel", "--application", "hello", "--format", "json",
                        "echo $JUJU_UNIT_NAME")
    assert json.loads(result.stdout) == [
        {"Stdout": "hello/0\n", "UnitId": "hello/0"},
        {"Stdout": "hello/1\n", "UnitId": "hello/1"}]


def test_who_is_not_there_is_named(scripts):
    result = scripts.ok("exec", "--unit", "hello/42", "ls")
    assert (result.stdout, result.stderr) == (
        "", "Operation failed to schedule any tasks:\n"
        'unit "hello/42" not found\n')
    assert "machine 42 not found" in scripts.fails(
        1, "exec", "--machine", "42", "ls").stderr
    refused = scripts.fails(1, "exec", "--application", "nosuch", "ls")
    assert 'ERROR application "nosuch" not found' in refused.stderr
    assert scripts.fails(2, "exec", "ls").stderr == (
        "ERROR You must specify a target, either through --all, --machine, "
        "--application or --unit\n"
        '"tenon help exec" shows how it is used\n')
    assert scripts.fails(2, "exec", "-u", "x", "ls").stderr == (
        "ERROR The following exec targets are not valid:\n"
        '  "x" is not a valid unit name\n'
        '"tenon help exec" shows how it is used\n')


def test_a_command_that_is_waited_for_too_shortly_goes_on(scripts):
    # What reads a fifo waits for whoever writes to it.
    fifo = scripts.base / "fifo"
    scripts.ok("exec", "-u", "old-style/0", "mkfifo", fifo)
    result = scripts.fails(1, "run", "-u", "old-style/0", "--timeout", "0.001s",
                           "cat", fifo)
    assert "timed out waiting for results from: unit old-style/0" \
        in result.stderr
    operation = scripts.ok("operations", "--status", "running",
                           "--format", "json", "--units", "old-style/0")
    (ident,) = json.loads(operation.stdout)
    fifo.write_text("done")
    shown = json.loads(scripts.ok("show-operation", ident, "--wait", "30s",
                                  "--format", "json").stdout)
    (task,) = shown["tasks"].values()
    assert (task["host"], task["results"]["stdout"]) == ("old-style/0", "done")
