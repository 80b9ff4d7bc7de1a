# SPDX-License-Identifier: Apache-2.0
"""Credentials in each format, read back by the program it is meant for."""
import io
import json
import os
import pathlib
import stat
import subprocess

import dotenv
import javaproperties
import pytest
import sqlalchemy
import yaml

from document import faults, schema_named
from harness import Tenon, make_model, wait_until

pytestmark = pytest.mark.xdist_group("credentials")

ODD = "my db/%41 'q\" \\x $HOME `id` ;=&#@: ü"
WHO = "SELECT session_user || ' in ' || current_database()"
NAMES = {"plain": "shop", "odd": ODD}


@pytest.fixture(scope="module")
def server():
    one = Tenon()
    try:
        make_model(one).ok("deploy", "postgresql", "-n", "2", "--wait")
        for app, name in NAMES.items():
            one.ok("deploy", "data-integrator", app, "--config",
                   f"database-name={name}")
            one.ok("relate", app, "postgresql:database")
        one.settled()
        one.got = {app: one.credentials(app) for app in NAMES}
        yield one
    finally:
        one.cleanup()


@pytest.fixture(params=NAMES)
def app(request):
    return request.param


def who(t, app):
    return f"{t.got[app]['username']} in {NAMES[app]}"


def text(t, app, form):
    return t.ok("credentials", app, "--format", form).stdout


def written(t, app, form, *args):
    path = t.base / f"{app}.{form}"
    t.ok("credentials", app, "--format", form, "--write", path, *args)
    return path


def psql(*args, **env):
    """What a libpq that knows nothing else says of itself."""
    clean = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", **env}
    done = subprocess.run(["psql", "-XAtwc", WHO, *args], env=clean, text=True,
                          capture_output=True, check=False, timeout=30)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def host(t):
    return t.address(t.primary())


@pytest.mark.parametrize("form", ["uri", "uri-ro", "kv"])
def test_libpq_connects_with_what_it_is_given(server, app, form):
    line = text(server, app, form)
    assert line.endswith("\n") and line.count("\n") == 1
    assert psql("-d", line.strip()) == who(server, app)


def test_the_uri_for_reading_leads_to_a_standby(server):
    line = text(server, "plain", "uri-ro").strip()
    assert psql("-d", line, "-c", "SELECT pg_is_in_recovery()")[-1] == "t"
    line = text(server, "plain", "uri").strip()
    assert psql("-d", line, "-c", "SELECT pg_is_in_recovery()")[-1] == "f"


def test_a_password_file_serves_every_member(server, app):
    path = written(server, app, "pgpass")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for unit in server.units():
        assert psql("-h", server.address(unit), "-U",
                    server.got[app]["username"], PGDATABASE=NAMES[app],
                    PGPASSFILE=str(path)) == who(server, app)


def test_a_service_is_found_by_the_name_of_the_application(server, app):
    path = written(server, app, "service")
    assert psql("-d", f"service={app}", PGSERVICEFILE=str(path)) == \
        who(server, app)


def test_a_shell_reads_its_variables(server, app):
    path = written(server, app, "sh")
    env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}
    for script in (f". {path}; psql -XAtwc \"$0\"",
                   f". {path}; psql -XAtwc \"$0\" -d \"$DATABASE_URL\""):
        done = subprocess.run(["sh", "-euc", script, WHO], env=env, text=True,
                              capture_output=True, check=True, timeout=30)
        assert done.stdout.strip() == who(server, app)


def by_systemd(root, content, variable):
    """Its value, read by the parser of EnvironmentFile=, as os-release has it.

    There %o is the value of ID.
    """
    release, conf = root / "usr/lib/os-release", root / "one.conf"
    release.parent.mkdir(parents=True, exist_ok=True)
    release.write_text(f"\n{content}".replace(f"\n{variable}=", "\nID="))
    conf.write_text(f"f+ /{variable} 0600 - - - %o\n")
    subprocess.run(["systemd-tmpfiles", "--create", f"--root={root}",
                    str(conf)], check=True, timeout=30)
    return (root / variable).read_text()


def test_systemd_reads_its_variables(server, app, tmp_path):
    content = text(server, app, "systemd-env")
    found = {name: by_systemd(tmp_path, content, name)
             for name in ("PGDATABASE", "PGUSER", "PGPASSWORD",
                          "DATABASE_URL")}
    assert found["PGDATABASE"] == NAMES[app]
    assert found["PGUSER"] == server.got[app]["username"]
    assert found["PGPASSWORD"] == server.got[app]["password"]
    assert psql("-d", found["DATABASE_URL"]) == who(server, app)


def test_a_dotenv_file_is_read_back(server):
    found = dotenv.dotenv_values(
        stream=io.StringIO(text(server, "plain", "dotenv")))
    assert psql(**found) == who(server, "plain")
    assert psql("-d", found["DATABASE_URL"]) == who(server, "plain")


def test_what_no_two_readers_of_dotenv_agree_on_is_refused(server):
    done = server.fails(1, "credentials", "odd", "--format", "dotenv")
    assert "cannot be written in the format dotenv" in done.stderr
    assert done.stdout == ""


def test_prisma_gets_one_host_in_a_variable(server, app):
    found = dotenv.dotenv_values(
        stream=io.StringIO(text(server, app, "prisma")))
    url = found["DATABASE_URL"].replace("?schema=public", "")
    assert psql("-d", url) == who(server, app)


@pytest.mark.parametrize("form, prefix", [
    ("jdbc", ""), ("spring", "spring.datasource.")])
def test_java_reads_properties(server, app, form, prefix):
    found = javaproperties.loads(text(server, app, form))
    user = "username" if prefix else "user"
    assert found[prefix + user] == server.got[app]["username"]
    assert found[prefix + "password"] == server.got[app]["password"]
    url = found[prefix + "url"].removeprefix("jdbc:")
    url = url.replace("?targetServerType=primary", "")
    assert psql("-d", url, PGUSER=found[prefix + user],
                PGPASSWORD=found[prefix + "password"]) == who(server, app)


def test_django_finds_its_settings(server, app):
    settings = {}
    exec(text(server, app, "django"), settings)  # pylint: disable=exec-used
    one = settings["DATABASES"]["default"]
    assert one["ENGINE"] == "django.db.backends.postgresql"
    assert psql(PGHOST=one["HOST"], PGPORT=one["PORT"], PGUSER=one["USER"],
                PGPASSWORD=one["PASSWORD"], PGDATABASE=one["NAME"],
                PGTARGETSESSIONATTRS=one["OPTIONS"]["target_session_attrs"]) \
        == who(server, app)


def test_sqlalchemy_connects(server, app):
    engine = sqlalchemy.create_engine(text(server, app, "sqlalchemy").strip())
    with engine.connect() as connection:
        (found,) = connection.execute(sqlalchemy.text(WHO)).fetchone()
    engine.dispose()
    assert found == who(server, app)


def test_rails_reads_its_yaml(server, app):
    one = yaml.safe_load(text(server, app, "rails"))["production"]
    assert one["adapter"] == "postgresql"
    assert psql(PGHOST=one["host"], PGPORT=str(one["port"]),
                PGUSER=one["username"], PGPASSWORD=one["password"],
                PGDATABASE=one["database"],
                PGTARGETSESSIONATTRS=one["target_session_attrs"]) == \
        who(server, app)


def test_a_binding_is_a_directory_of_files(server, app):
    path = written(server, app, "servicebinding", "--mode", "0640")
    found = {p.name: p.read_text() for p in path.iterdir()}
    assert found["type"] == "postgresql"
    assert found["database"] == NAMES[app]
    assert not any(value.endswith("\n") for value in found.values())
    assert {stat.S_IMODE(p.stat().st_mode) for p in path.iterdir()} == {0o640}
    assert psql("-d", found["uri"]) == who(server, app)


def test_a_secret_of_kubernetes_has_the_same(server, app):
    secret = yaml.safe_load(text(server, app, "k8s-secret"))
    assert secret["kind"] == "Secret" and secret["metadata"]["name"] == app
    assert secret["type"] == "servicebinding.io/postgresql"
    path = written(server, app, "servicebinding")
    assert secret["stringData"] == \
        {p.name: p.read_text() for p in path.iterdir()}


def test_json_and_yaml_have_all_fields(server, app):
    fields = json.loads(text(server, app, "json"))
    assert faults(fields, schema_named("printed-credentials")) == []
    assert yaml.safe_load(text(server, app, "yaml")) == fields
    assert yaml.safe_load(server.ok("credentials", app).stdout) == fields
    assert fields["database"] == NAMES[app]
    assert fields["username"] == server.got[app]["username"]


def test_a_program_is_run_with_the_variables(server, app):
    done = server.ok("credentials", app, "--exec", "psql", "-XAtwc", WHO)
    assert done.stdout.strip() == who(server, app)


@pytest.mark.parametrize("verb", [["psql", "plain", "--"],
                                  ["credentials", "plain", "--exec", "psql"]])
def test_what_the_caller_has_set_for_another_server_does_not_count(server, verb):
    env = {"PGSERVICE": "another", "PGHOSTADDR": "127.255.255.254", "PGPASSWORD": "another",
           "PGHOST": "another", "PGUSER": "another", "PGDATABASE": "another"}
    done = server.ok(*verb, "-XAtwc", WHO, env=env)
    assert done.stdout.strip() == who(server, "plain")


def test_a_program_ends_as_it_would_alone(server):
    assert server.run("credentials", "plain", "--exec", "sh", "-c",
                      "exit 7").rc == 7
    done = server.fails(1, "credentials", "plain", "--exec", "no-such-program")
    assert "no-such-program" in done.stderr


def test_psql_opens_a_session_as_the_application(server, app):
    done = server.ok("psql", app, "--", "-XAtc", WHO)
    assert done.stdout.strip() == who(server, app)


def test_psql_opens_a_session_on_the_unit_that_is_named(server):
    for unit in server.units():
        done = server.ok("psql", unit, "--", "-XAtc",
                         "SELECT session_user, host(inet_server_addr())")
        assert done.stdout.strip() == f"operator|{server.address(unit)}"


def test_psql_of_the_server_leads_to_its_primary(server):
    done = server.ok("psql", "postgresql", "--", "-XAtc",
                     "SELECT pg_is_in_recovery(), host(inet_server_addr())")
    assert done.stdout.strip() == f"f|{host(server)}"


def test_psql_of_the_server_opens_while_its_leader_is_in_error(server):
    leader = server.primary()
    options, = server.home.glob(f"machines/*/{leader.replace('/', '-')}/postgres/options.conf")
    in_the_way = options.with_name("options.conf.asked")
    in_the_way.mkdir()
    server.ok("config", "postgresql", "memory_work_mem=5000")
    try:
        wait_until(lambda: server.workload(leader)[0] == "error")
        done = server.ok("psql", "postgresql", "--", "-XAtc",
                         "SELECT session_user, pg_is_in_recovery()")
        assert done.stdout.strip() == "operator|f"
    finally:
        in_the_way.rmdir()
        server.ok("config", "postgresql", "--reset", "memory_work_mem")
        # It may have been tried again by itself by now.
        server.run("resolved", leader)
        wait_until(lambda: server.workload(leader)[0] == "active")
        server.settled()


def test_no_argument_and_no_variable_of_psql_has_the_password(server):
    script = "\\! cat /proc/$PPID/cmdline /proc/$PPID/environ"
    done = server.ok("psql", "plain", "--", "-XAt", stdin=script)
    assert "PGPASSFILE=" in done.stdout
    assert server.got["plain"]["password"] not in done.stdout


def test_psql_ends_as_psql_does(server):
    assert server.run("psql", "plain", "--", "-XAtc", "SELECT nonsense").rc == 1


@pytest.mark.parametrize("rc, args, message", [
    (2, [], "no application name specified"),
    (2, ["plain", "--format", "xml"], 'unknown format "xml"'),
    (2, ["plain", "--format", "servicebinding"], "give it with --write"),
    (2, ["plain", "--mode", "0600"], "--mode needs --write"),
    (2, ["plain", "--mode", "rw", "--write", "x"], "not a mode such as 0640"),
    (2, ["plain", "--exec"], "option needs an argument: --exec"),
    (2, ["plain", "--write", "x", "--exec", "true"], "cannot be combined"),
    (1, ["nobody"], "nobody"),
    (1, ["postgresql"], "is no client of a database"),
    (1, ["plain", "--write", "/nonexistent/file"], "/nonexistent"),
])
def test_a_mistake_is_named(server, rc, args, message):
    done = server.fails(rc, "credentials", *args)
    assert message in done.stderr
    assert not pathlib.Path(server.base, "x").exists()


def test_who_is_not_related_has_none(server):
    server.ok("deploy", "data-integrator", "alone", "--config",
              "database-name=alone")
    server.settled()
    done = server.fails(1, "credentials", "alone")
    assert "alone" in done.stderr and done.stdout == ""
