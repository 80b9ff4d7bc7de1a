# SPDX-License-Identifier: Apache-2.0
"""What options of a model do: how hooks are run, what is kept, who is asked."""
import json
import textwrap

import pytest

from harness import Tenon, make_model, wait_until

pytestmark = [pytest.mark.xdist_group("model_options"), pytest.mark.ordinary]

# It writes which hooks it runs, and fails at what a file says.
WITNESS = textwrap.dedent("""\
    #!/bin/sh
    echo "$JUJU_UNIT_NAME $JUJU_HOOK_NAME" >>{dir}/hooks
    [ "$JUJU_HOOK_NAME" != "$(cat {dir}/fails 2>/dev/null)" ] || exit 1
    case $JUJU_HOOK_NAME in
    start) status-set active ;;
    config-changed) juju-log -l DEBUG "looking at $(config-get word)" ;;
    esac
    """)


@pytest.fixture(scope="module")
def server():
    one = Tenon()
    try:
        make_model(one)
        charm = one.base / "witness"
        charm.mkdir()
        (charm / "metadata.yaml").write_text("name: witness\n")
        (charm / "config.yaml").write_text(
            "options: {word: {type: string, default: a}}\n")
        (charm / "dispatch").write_text(WITNESS.format(dir=one.base))
        (charm / "dispatch").chmod(0o755)
        (one.base / "hooks").touch()
        (one.base / "hooks").chmod(0o666)
        one.ok("deploy", charm, "witness", "--wait")
        yield one
    finally:
        one.cleanup()


@pytest.fixture
def option(server):
    """Set options of the model, which are reset after the test."""
    names = []

    def change(**values):
        texts = {name.replace("_", "-"): value for name, value in values.items()}
        names.extend(texts)
        server.ok("model-config", *[f"{k}={v}" for k, v in texts.items()])
    yield change
    server.ok("model-config", "--reset", ",".join(names))


def hooks_run(server, hook):
    return (server.base / "hooks").read_text().splitlines().count(f"witness/0 {hook}")


def test_update_status_comes_as_often_as_the_model_says(server, option):
    before = hooks_run(server, "update-status")
    since = server.units("witness")["witness/0"]["juju-status"]["since"]
    option(update_status_hook_interval="1s")
    wait_until(lambda: hooks_run(server, "update-status") >= before + 2, 30,
               "update-status has come twice")
    # Who looks at it sees an idle unit all the time.
    assert server.units("witness")["witness/0"]["juju-status"]["since"] == since
    assert "update-status" not in server.ok("journal", "witness/0").stdout


def test_what_failed_waits_for_somebody_if_the_model_says_so(server, option):
    option(automatically_retry_hooks="false")
    (server.base / "fails").write_text("config-changed")
    server.ok("config", "witness", "word=b")
    wait_until(lambda: server.workload("witness/0")[0] == "error", 30, "it fails")
    why = server.ok("why", "witness/0").stdout
    assert "somebody to have it tried again: model option " \
        "automatically-retry-hooks is off" in why
    assert "tenon resolved witness/0" in why
    server.daemon_pid()
    server.kill_daemon()
    (server.base / "fails").write_text("")
    before = hooks_run(server, "config-changed")
    assert server.workload("witness/0")[0] == "error"
    server.ok("resolved", "witness/0")
    server.settled()
    assert hooks_run(server, "config-changed") == before + 1
    assert server.workload("witness/0")[0] == "active"


def test_the_model_says_what_the_log_shows(server, option):
    def is_shown(*flags):
        return "looking at a" in server.ok("debug-log", "--limit", 0, *flags).stdout
    assert not is_shown()
    assert is_shown("--level", "DEBUG")
    option(logging_config="<root>=WARNING;unit=DEBUG")
    assert is_shown()
    assert not is_shown("--level", "INFO")


def test_hooks_find_the_proxies_of_the_model(server, option):
    def environment():
        lines = server.ok("exec", "--unit", "witness/0", "--", "env").stdout
        return dict(line.split("=", 1) for line in lines.splitlines() if "=" in line)
    assert environment()["JUJU_CHARM_HTTP_PROXY"] == ""
    assert "https_proxy" not in environment()
    option(juju_http_proxy="http://p:1", https_proxy="http://q:2")
    assert environment()["JUJU_CHARM_HTTP_PROXY"] == "http://p:1"
    assert environment()["https_proxy"] == environment()["HTTPS_PROXY"] == "http://q:2"


@pytest.mark.parametrize("verb, name, told", [
    ("remove-unit", "witness/1", "will remove unit witness/1\n"),
    ("remove-application", "second",
     "will remove application second\n- will remove unit second/0\n"),
    ("remove-machine", "{machine}", "will remove machine {machine}\n"),
])
def test_who_removes_is_asked_if_the_model_says_so(server, option, verb, name, told):
    option(mode="requires-prompts")
    server.ok("add-unit", "witness", "--wait")
    unit = max(server.units("witness"))
    if "second" not in server.status()["applications"]:
        server.ok("deploy", server.base / "witness", "second", "--wait")
    machine = server.ok("add-machine").stderr.split()[-1]
    name = name.format(machine=machine).replace("witness/1", unit)
    told = told.format(machine=machine).replace("witness/1", unit)

    def there():
        status = server.status()
        return name in [*status["machines"], *status["applications"],
                        *server.units("witness")]

    for answer in ("n\n", "\n", ""):
        refused = server.fails(1, verb, name, stdin=answer)
        assert refused.stdout == told
        assert refused.stderr.startswith(
            "This command will perform the following actions:\n"
            "\nContinue [y/N]? ")
        assert f"{verb}: aborted\nuse --no-prompt where nobody can answer\n" \
            in refused.stderr
        assert there()
    # What is wrong is said before anybody is asked.
    wrong = server.fails(1, verb, {"remove-unit": "witness/99"}.get(verb, "99")
                         if verb != "remove-application" else "nobody")
    assert "Continue" not in wrong.stderr
    assert "Continue" not in server.ok(verb, name, "--dry-run").stderr
    assert there()
    wait = [] if verb == "remove-machine" else ["--wait"]
    assert server.ok(verb, name, *wait, stdin="y\n").stdout == told * 2
    assert not there()


def test_nobody_is_asked_who_says_so(server, option):
    option(mode="requires-prompts")
    server.ok("add-unit", "witness", "--wait")
    unit = max(server.units("witness"))
    done = server.ok("remove-unit", "--no-prompt", unit, "--wait")
    assert done.stdout == f"will remove unit {unit}\n"
    assert "Continue" not in done.stderr


def test_options_that_mean_nothing_here_can_be_set_and_read_back(server, option):
    option(image_stream="daily", default_base="ubuntu@22.04")
    assert server.ok("model-config", "image-stream").stdout == "daily\n"
    printed = json.loads(server.ok("model-config", "--format", "json").stdout)
    assert printed["default-base"] == {"Value": "ubuntu@22.04", "Source": "model"}
    assert "image-metadata-url" not in printed


def test_a_new_model_can_be_given_them(server):
    server.ok("add-model", "quiet", "--no-switch", "--config",
              "automatically-retry-hooks=false")
    printed = json.loads(
        server.ok("model-config", "-m", "quiet", "--format", "json").stdout)
    assert printed["automatically-retry-hooks"] == {"Value": False, "Source": "model"}
    wrong = server.fails(1, "add-model", "loud", "--config", "http_proxy=x")
    assert wrong.stderr == ('ERROR unknown model option "http_proxy"\n'
                            'did you mean "http-proxy"?\n')
