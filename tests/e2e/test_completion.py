# SPDX-License-Identifier: Apache-2.0
"""Completion, asked as shells ask, and in the shells themselves."""
import os
import shlex
import shutil
import subprocess

import pytest

from harness import ROOT, TENON, Tenon, make_model

pytestmark = pytest.mark.xdist_group("completion")


KEY = ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBcqyZcDJvOhP8qzN4pvLhhW8YVZlkcVpdVQHW3ZcvYh "
       "me@here")


@pytest.fixture(scope="module")
def server():
    one = Tenon()
    try:
        make_model(one).ok("deploy", "data-integrator", "shop", "--wait")
        one.ok("deploy", "data-integrator", "stock", "--wait")
        one.ok("exec", "--unit", "shop/0", "true")
        one.ok("add-ssh-key", KEY)
        one.ok("add-secret", "token", "value=b")
        one.ok("add-model", "other", "--no-switch")
        one.ok("deploy", "-m", "other", ROOT / "tests/data/charms/greeter", "hello")
        one.ok("offer", "other.hello:greeting", "welcome")
        one.ok("consume", "other.welcome", "far")
        yield one
    finally:
        one.cleanup()


def candidates(t, *words):
    done = t.ok("__complete", "--", *words)
    assert done.stderr == ""
    return [line.split("\t")[0] for line in done.stdout.splitlines()]


@pytest.mark.parametrize("words, expected", [
    (["show-ta"], ["show-task"]),
    (["integ"], ["integrate"]),
    (["config", "s"], ["shop", "stock"]),
    (["config", "shop", "database"], ["database-name"]),
    (["remove-unit", "shop/0", "st"], ["stock/0"]),
    (["run", "shop/0", "get"], ["get-credentials"]),
    (["psql", ""], ["shop", "stock", "shop/0", "stock/0"]),
    (["why", "stock"], ["stock", "stock/0"]),
    (["why", "shop", "st"], ["stock"]),
    (["journal", "shop"], ["shop", "shop/0"]),
    (["relate", "shop", "sto"], ["stock"]),
    (["deploy", "postg"], ["postgresql"]),
    (["wait-for", "sett"], ["settled"]),
    (["help", "whoa"], ["whoami"]),
    (["help", "acce"], ["access"]),
    (["consume", ""], ["admin/other.welcome"]),
    (["remove-offer", ""], ["admin/other.welcome"]),
    (["offers", "-m", "other", ""], ["welcome"]),
    (["remove-saas", ""], ["far"]),
    (["relate", "shop", "f"], ["far"]),
    (["config", "f"], []),
    (["remove-relation", "shop:", "f"], ["far"]),
    (["ssh", "sh"], ["shop/0"]),
    (["add-unit", "shop", "--to", "0"], ["0"]),
    (["remove-ssh-key", "me"], ["me@here"]),
    (["show-credential", "localhost", ""], ["localhost"]),
    (["show-cloud", ""], ["localhost"]),
    (["bootstrap", "localhost", "over"], ["overlord"]),
    (["show-user", ""], ["root"]),
    (["update-secret", ""], ["token"]),
    (["model-config", "test"], ["test-mode"]),
    (["deploy", "./"], [":files"]),
    (["diff-bundle", ""], [":files"]),
    (["show-operation", ""], ["1"]),
    (["show-task", ""], ["2"]),
    (["status", "--model", ""], ["other", "tutorial"]),
    (["status", "--model", "tutorial", "shop"], ["shop", "shop/0"]),
    (["--model", "tutorial"], []),
    (["status", "-m", "nothing", "sh"], []),
    (["run-action", "--form"], ["--format"]),
    (["config", "--format", ""], ["yaml", "json"]),
    (["config", "shop", "--file", ""], [":files"]),
    (["no-such-verb", ""], []),
    (["completion", ""], ["bash", "zsh", "fish"]),
    (["credentials", "shop", "--format", "uri"], ["uri", "uri-ro"]),
    (["debug-log", "--format", ""], ["text", "json"]),
    (["debug-log", "--level", "D"], ["DEBUG"]),
    (["debug-log", "-i", "shop"], ["shop", "shop/0"]),
    (["wait-for", "unit", ""], ["shop/0", "stock/0"]),
    (["wait-for", "machine", ""], ["0", "1"]),
    (["wait-for", "model", "tut"], ["tutorial"]),
    (["wait-for", "settled", "st"], ["stock"]),
    (["exec", "--machine", ""], ["0", "1"]),
    (["operations", "--units", "sh"], ["shop/0"]),
    (["show-action-status", "--name", ""], ["juju-exec"]),
    (["config", "shop", "--reset", "database"], ["database-name"]),
    (["model-config", "--reset", "test"], ["test-mode"]),
    (["deploy", "postgresql", "--config", "memory_work"], ["memory_work_mem"]),
    (["refresh", "shop", "--switch", "post"], ["postgresql"]),
    (["refresh", "shop", "--switch", "./"], [":files"]),
    (["show-unit", "shop/0", "--endpoint", "post"], ["postgresql"]),
    (["secrets", "--owner", "sh"], ["shop", "shop/0"]),
    (["find-offers", "--offer", ""], ["welcome"]),
    (["find-offers", "--interface", ""], ["greeting"]),
    (["remove-relation", "0"], []),
    (["scp", "sh"], ["shop/0:"]),
    (["scp", "shop/0:a", "./"], [":files"]),
    (["scp", "shop/0:a", "Desk"], [":files"]),
])
def test_what_may_come_next_is_told(server, words, expected):
    assert candidates(server, *words) == expected


def test_every_verb_of_the_help_is_completed_and_explained(server):
    told = dict(line.split("\t") for line in
                server.ok("__complete", "--", "").stdout.splitlines())
    listed = [line.split()[0] for line in
              server.ok("help").stdout.split("Commands:")[1].splitlines()
              if line.startswith("  ")]
    assert len(listed) > 30 and set(listed) <= set(told)
    assert not any(name.startswith("_") for name in told)
    assert all(told.values())


def test_asking_starts_nothing_and_says_nothing(tenon):
    assert candidates(tenon, "config", "") == []
    assert not tenon.home.exists()


def test_a_shell_that_is_not_known_is_named(tenon):
    done = tenon.fails(2, "completion", "tcsh")
    assert '"tcsh"' in done.stderr and "bash, zsh and fish" in done.stderr


def in_shell(server, shell, script):
    if not shutil.which(shell):
        pytest.fail(f"{shell} is missing: apt-get install {shell}")
    env = {**server.env, "PATH": f"{TENON.parent}:{os.environ['PATH']}"}
    done = subprocess.run([shell, "-c", script], env=env, text=True,
                          capture_output=True, check=False, timeout=30)
    assert done.returncode == 0 and done.stderr == "", done
    return done.stdout.split("\n")[:-1]


def in_bash(server, line):
    return in_shell(server, "bash", f"""
        source <(tenon completion bash)
        compopt() {{ echo "compopt $*"; }}
        COMP_LINE={shlex.quote(line)} COMP_POINT={len(line)}
        _tenon; printf '%s\\n' "${{COMPREPLY[@]}}" """)


@pytest.mark.parametrize("line, expected", [
    ("tenon show-ta", ["show-task"]),
    ("tenon config ", ["shop", "stock"]),
    ("tenon status --model=", [""]),
    ("tenon relate shop: sto", ["stock"]),
    ("tenon credentials shop --write ", ["compopt -o default", ""]),
    ("tenon scp sh", ["compopt -o nospace", "shop/0:"]),
])
def test_bash_completes(server, line, expected):
    assert in_bash(server, line) == expected


def test_zsh_completes_with_explanations(server):
    script = """
        compdef() { : }
        _describe() { print -rl -- "${(@P)2}" }
        _files() { print files }
        source <(tenon completion zsh)
        words=(tenon show-ta); CURRENT=2; _tenon
        words=(tenon config ''); CURRENT=3; _tenon
        words=(tenon credentials shop --write ''); CURRENT=5; _tenon"""
    assert in_shell(server, "zsh", script) == \
        ["show-task:Shows the results of a task.", "shop", "stock", "files"]


def test_fish_completes_with_explanations(server):
    script = """
        tenon completion fish | source
        complete -C 'tenon show-ta'
        complete -C 'tenon config '"""
    assert in_shell(server, "fish", script) == \
        ["show-task\tShows the results of a task.", "shop", "stock"]
