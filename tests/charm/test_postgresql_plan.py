# SPDX-License-Identifier: Apache-2.0
"""What the charm says it would do is what the server is then told to do, and nothing else."""

import contextlib
import itertools
import re

import pytest
from fake_basics import charm_dir, wait_until
from fake_tenond import Model
from postgresql_world import CHANNEL, cluster
from test_postgresql_spares import tend

pytestmark = pytest.mark.xdist_group("postgresql_plan")
LOGGED = re.compile(r"\S+@(\S+) LOG:  (?:statement|execute [^:]*): (.*)", re.S)
VERIFIER = re.compile(r"SCRAM-SHA-256\$[^']*")
LINE = re.compile(r"^\d{4}-\d\d-\d\d [\d:.]+ UTC \[\d+\] ", re.M)


def log_statements(world):
    world.query(world.app[0], "ALTER SYSTEM SET log_statement = 'all'")
    world.query(world.app[0], "SELECT pg_reload_conf()")
    wait_until(lambda: world.query(world.app[0], "SHOW log_statement") == [("all",)], "log")


@pytest.fixture(scope="module")
def world():
    with cluster(units=2) as world:
        log_statements(world)
        yield world


@pytest.fixture
def names():
    """Of databases that no other test has."""
    return (f"db{n}" for n in itertools.count(next(COUNT) * 100))


COUNT = itertools.count()


def is_writing(sql):
    """Not what is asked, nor locks of a session."""
    return "; ALTER " in sql or ";ALTER " in sql or not re.match(
        r"(SELECT (?!count\(pg_terminate|pg_create|pg_drop)|WITH|SHOW|SET (?!LOCAL))", sql)


@contextlib.contextmanager
def told(world):
    """What the primary's sessions of the charm are told meanwhile: [(database, statement)]."""
    path = world.app[0].dir / "log/postgres.log"
    before, found = len(path.read_bytes()), []
    yield found
    text = path.read_bytes()[before:].decode()
    for entry in LINE.split(text):
        match = LOGGED.match(entry)
        if match and is_writing(match[2].strip()):
            found.append((match[1], mask(match[2].replace("\n\t", "\n").strip())))


def mask(sql):
    """Passwords, and the numbers that only the server knows."""
    sql = VERIFIER.sub("***", sql)
    sql = re.sub(r"'tenon: database (\d+|<oid>)'", "'tenon: database N'", sql)
    return re.sub(r"tenon: password \d+", "tenon: password N", sql)


def planned(world, statements):
    assert {s[0] for s in statements} <= {u.address for u in world.live}
    return [(database, mask(sql)) for server, database, sql in statements
            if server == world.app[0].address and "pg_terminate_backend" not in sql]


def state(world):
    """All that is global in the server, and what the charm has told others."""
    return (world.query(world.app[0], """
        SELECT to_jsonb(r) FROM pg_authid r UNION ALL SELECT to_jsonb(d) FROM
        (SELECT datname, datacl, datallowconn, datconnlimit FROM pg_database) d UNION ALL
        SELECT to_jsonb(c) FROM pg_shdescription c UNION ALL SELECT to_jsonb(s) FROM
        pg_db_role_setting s UNION ALL SELECT to_jsonb(m) FROM pg_auth_members m ORDER BY 1"""),
        [{k: dict(v) for k, v in r.app_bags.items()} for r in world.model.relations],
        [(dict(u.state), u.status) for u in world.live], [s.uri for s in world.model.secrets])


def foresee(world, plan):
    """The statements, after a look that nothing has changed."""
    before = state(world)
    with told(world) as done:
        statements, notes, result = plan()
    assert result.ok, result
    assert state(world) == before and done == [], done
    return planned(world, statements), notes


def ask(world, relation, **values):
    """What the client writes; its hooks are not delivered yet."""
    relation.app_bags[relation.far_app(world.app.name)].change(
        {k.replace("_", "-"): v for k, v in values.items()})


def check_request(world, **values):
    """Foresee what a client's wish leads to, and compare with what it does."""
    relation = world.relate()
    ask(world, relation, **values)
    return relation, check_change(world, relation)


def check_change(world, relation):
    statements, _ = foresee(world, lambda: world.app[0].plan_hook(relation, "changed"))
    with told(world) as done:
        world.settle()
    assert statements == without_sessions(done)
    return statements


def without_sessions(statements):
    """Until they have ended that is asked again and again."""
    return [s for s in statements if "pg_terminate_backend" not in s[1]]


def text(statements):
    return "\n".join(sql for _, sql in statements)


@pytest.mark.parametrize("more", [
    {}, {"extra_user_roles": "admin"}, {"extra_user_roles": "SUPERUSER"},
    {"extra_user_roles": "charmed_read"},
    {"requested_secrets": '["username", "password"]'}], ids=str)
def test_the_statements_of_a_request_are_foreseen(world, names, more):
    name = next(names)
    relation, statements = check_request(world, database=name, **more)
    assert f'CREATE DATABASE "{name}" OWNER operator' in text(statements)
    assert "PASSWORD '***'" in text(statements)
    password = world.answer(relation)["password"]
    assert password not in text(statements)


def test_a_second_user_of_a_database_is_foreseen(world, names):
    name = next(names)
    check_request(world, database=name)
    _, statements = check_request(world, database=name)
    assert "CREATE DATABASE" not in text(statements) and "CREATE ROLE" in text(statements)


def test_a_user_with_permissions_in_a_new_database_is_foreseen(world, names):
    _, statements = check_request(
        world, database=next(names), entity_type="USER", entity_permissions=(
            '[{"resource_type": "SCHEMA", "resource_name": "public", "privileges": ["USAGE"]}]'))
    assert 'GRANT USAGE ON SCHEMA "public"' in text(statements)


def test_a_change_of_rights_is_foreseen(world, names):
    relation, _ = check_request(world, database=next(names))
    ask(world, relation, extra_user_roles="admin")
    assert "GRANT" in text(check_change(world, relation))


def test_what_is_refused_and_what_is_not_asked_for_leads_to_nothing(world, names):
    assert check_request(world, database="postgres")[1] == []
    assert check_request(world, extra_user_roles="admin")[1] == []
    relation, _ = check_request(world, database=next(names))
    assert check_change(world, relation) == []


def test_only_the_leader_would_do_something(world, names):
    relation = world.relate()
    ask(world, relation, database=next(names))
    assert foresee(world, lambda: world.app[1].plan_hook(relation, "changed")) == ([], [])
    world.settle()


def test_the_statements_of_a_removal_are_foreseen(world, names):
    name = next(names)
    relation, _ = check_request(world, database=name)
    world.client_query(relation, world.app[0], "CREATE TABLE kept ()")
    before = state(world)
    statements, _, result = world.app[0].plan_hook(relation, "broken")
    assert result.ok and state(world) == before
    # Sessions end on each member, before the role goes.
    ended = [s for s in statements if "pg_terminate_backend" in s[2]]
    assert [s[0] for s in ended] == [u.address for u in world.live]
    assert all(f"usename = 'relation-{relation.id}'" in s[2] for s in ended)
    with told(world) as done:
        world.remove(relation)
    assert planned(world, statements) == without_sessions(done)
    assert f'DROP ROLE IF EXISTS "relation-{relation.id}";' in text(planned(world, statements))


@pytest.mark.parametrize("params", [{}, {"username": "backup", "password": "of-my-own"}], ids=str)
def test_a_new_password_is_foreseen_and_not_shown(world, params):
    event = {"action": "set-password", "task": "1", "params": params}
    statements, _ = foresee(world, lambda: world.app[0].plan(event))
    with told(world) as done:
        assert world.app[0].action("set-password", params).ok
    assert statements == done
    assert "PASSWORD '***'" in text(statements) and "of-my-own" not in text(statements)


def test_a_database_that_would_be_adopted_is_foreseen(world, names):
    name = next(names)
    world.query(world.app[0], f'CREATE DATABASE "{name}"')
    event = {"action": "adopt-database", "task": "1", "params": {"database": name}}
    statements, _ = foresee(world, lambda: world.app[0].plan(event))
    with told(world) as done:
        assert world.app[0].action("adopt-database", {"database": name}).ok
    assert statements == done and f'ALTER DATABASE "{name}" OWNER TO' in text(statements)


def test_a_process_that_has_sessions_takes_others_for_a_plan(world, names):
    """Sessions are kept between hooks: those that write are none for a plan, and back."""
    relation, _ = check_request(world, database=next(names))
    other = world.relate()
    ask(world, other, database=next(names))
    statements, _ = foresee(world, lambda: world.app[0].plan_hook(other, "changed"))
    assert statements != []
    world.settle()
    world.remove(relation)


@pytest.fixture(scope="module")
def spared():
    with cluster(spares=1) as world:
        log_statements(world)
        yield world


@pytest.mark.parametrize("more", [
    {}, {"extra_user_roles": "admin"}, {"entity_type": "USER", "entity_permissions": "[]"}], ids=str)
def test_a_spare_that_would_be_taken_is_foreseen(spared, names, more):
    assert len(tend(spared)) == 1
    name = next(names)
    _, statements = check_request(spared, database=name, **more)
    assert re.search(rf'ALTER DATABASE "tenon-spare-\w+" RENAME TO "{name}"', text(statements))
    assert "CREATE DATABASE" not in text(statements)


# ---- options ----

def options_file(unit):
    return (unit.dir / "postgres/options.conf").read_text()


def files_of(world):
    return {path: (path.stat().st_mtime_ns, path.stat().st_ino)
            for u in world.live for path in (u.dir / "postgres").iterdir()}


def foresee_options(world, **options):
    """{unit: (statements, notes)} of a change that is then made."""
    world.app.set_config(**options)
    files, started = files_of(world), starts(world)
    said = {u.name: foresee(world, lambda u=u: u.plan({"hook": "config-changed"}))
            for u in world.live}
    assert files_of(world) == files and starts(world) == started
    return said


def starts(world):
    return [world.query(u, "SELECT pg_postmaster_start_time(), pg_conf_load_time()")
            for u in world.live]


def test_a_setting_that_is_read_at_once_is_foreseen(world):
    before = starts(world)
    for statements, notes in foresee_options(world, memory_work_mem=8192).values():
        assert statements == []
        assert notes == ["options.conf: work_mem = '8192', which was '4096'"]
    world.settle()
    assert all("work_mem = '8192'" in options_file(u) for u in world.live)
    assert [s[0][0] for s in starts(world)] == [s[0][0] for s in before]


def test_a_setting_that_needs_a_restart_is_foreseen_with_its_order(world):
    said = foresee_options(world, experimental_max_connections=250)
    line = "options.conf: max_connections = '250', which was '200'"
    restart = "max_connections: the server is restarted, "
    assert said[world.primary.name][1] == [line, restart + "after those of the standbys"]
    standby = next(u for u in world.live if u is not world.primary)
    # More is for the standby first; less it gets after its primary, and is told then.
    assert said[standby.name][1] == [line, restart + "before that of the primary"]
    world.settle()
    assert [world.query(u, "SHOW max_connections") for u in world.live] == [[("250",)]] * 2


def test_an_option_that_would_be_refused_is_foreseen_with_the_reason(world):
    for _, notes in foresee_options(world, request_time_zone="Moon/Base").values():
        assert [n.partition(": ")[0] for n in notes] == ["refused"]
        assert "request_time_zone" in notes[0]
    world.app.set_config(request_time_zone="UTC")
    world.settle()


def test_an_extension_that_would_be_made_is_foreseen(world):
    said = foresee_options(world, plugin_citext_enable=True)
    statements = said[world.app.leader.name][0]
    assert said[next(u for u in world.live if not u.is_leader).name] == ([], [])
    with told(world) as done:
        world.settle()
    assert statements == without_reload(done)
    assert "CREATE EXTENSION" in text(statements)


def without_reload(statements):
    return [s for s in statements if "pg_reload_conf" not in s[1]]


def test_nothing_is_foreseen_of_a_change_of_nothing(world):
    assert set(map(repr, foresee_options(world).values())) == {"([], [])"}


# ---- members ----

def departure(world, unit, departing):
    peers = world.model.relations[0]
    other = next(u for u in world.live if u is not unit)
    return unit.plan_hook(peers, "departed", departing_unit=departing.name,
                          remote_unit=(other if departing is unit else departing).name)


def test_when_the_primary_goes_it_is_foreseen_who_takes_its_place(world):
    primary = world.primary
    standby = next(u for u in world.live if u is not primary)
    leader = world.app.leader
    try:
        world.app.leader = standby
        before = state(world)
        gone = departure(world, primary, primary)
        statements, notes, result = departure(world, standby, primary)
    finally:
        world.app.leader = leader
    assert gone[:2] == ([], ["the server stops in order, which hands the standbys all that is "
                             "committed"])
    assert result.ok and [s[0] for s in statements] == [standby.address], statements
    assert statements[0][2] == "SELECT pg_promote(false) WHERE pg_is_in_recovery()"
    assert notes == [f"{standby.name} becomes the primary in place of {primary.name}, unless "
                     "another one has more of its log by then"]
    assert state(world) == before and world.primary is primary


def test_when_a_standby_goes_its_slot_is_foreseen_to_go(world):
    standby = next(u for u in world.live if u is not world.primary)
    before = world.slots()
    statements, notes, result = departure(world, world.primary, standby)
    assert result.ok and notes == []
    assert [(s[0], "pg_drop_replication_slot" in s[2]) for s in statements] == \
        [(world.primary.address, True)]
    assert world.slots() == before != []


def test_a_new_leader_of_a_cluster_with_a_primary_has_nothing_to_do(world):
    assert foresee(world, lambda: world.app.leader.plan({"hook": "leader-elected"})) == ([], [])


# ---- a member that is still to be made ----

EVERYTHING = re.compile(r"\S+@(\S+) LOG:  duration: [\d.]+ ms  (?:statement|execute [^:]*): (.*)",
                        re.S)


def deliver_until(unit, hook):
    """What comes before that hook, which is due then."""
    while (event := unit.next_event())[0] != hook:
        assert unit.hook(event[0], **event[1]).ok
        event[2]()


def files(unit):
    return sorted(str(p) for p in unit.dir.rglob("*") if p.is_file() and p.name != "dispatch.log")


def written(unit):
    """What the charm has told the server since its first start."""
    text = (unit.dir / "log/postgres.log").read_text()
    found = [EVERYTHING.match(entry) for entry in LINE.split(text)]
    return [mask(m[2].replace("\n\t", "\n").strip()) for m in found
            if m and is_writing(m[2].strip())]


def test_the_first_server_is_foreseen_before_there_is_one():
    with Model(env=CHANNEL) as model:
        app = model.deploy(charm_dir("postgresql"), units=1, config={
            "spare-databases": 1, "logging_log_min_duration_statement": 0,
            "plugin_hstore_enable": True, "request_time_zone": "Nowhere/X"})
        unit, = app.units
        deliver_until(unit, "start")
        before = files(unit), dict(unit.state), [dict(r.app_bags[app.name]) for r in model.relations]
        statements, notes, result = unit.plan({"hook": "start"})
        assert result.ok and {s[0] for s in statements} == {unit.address}
        assert before == (files(unit), dict(unit.state),
                          [dict(r.app_bags[app.name]) for r in model.relations])
        assert notes[0].startswith("refused: request_time_zone: ")
        assert re.match(r"\d+ settings are written to .*/options.conf$", notes[1])
        assert "/initdb -D " in notes[2] and "postgresql.conf" in notes[3]
        assert notes[4:] == [
            f"the server is started at {unit.address}, port 5432",
            "1 spare database is made for later requests when it is quiet"]
        model.settle()
        assert [mask(sql.strip()) for _, _, sql in statements] == written(unit)


def test_a_further_member_is_foreseen(world):
    primary = world.primary
    before = world.slots()
    unit = world.app.add_unit()
    try:
        deliver_until(unit, "start")
        there = files(unit), dict(unit.state)
        statements, notes, result = unit.plan({"hook": "start"})
        assert result.ok and there == (files(unit), dict(unit.state))
        assert [n for n in notes if "/pg_basebackup -D " in n]
        assert notes[-1] == (f"it streams from {primary.name}, and lets clients in when it "
                             "has replayed what that has")
        slot = unit.name.replace("/", "_")
        assert [(s[0], slot in s[2]) for s in statements] == [(primary.address, True)] * 2
        assert world.query(primary, "SELECT count(*) FROM pg_replication_slots WHERE slot_name "
                           f"= '{slot}'") == [(0,)]
        world.settle()
        assert world.slots() == [*before, slot]
    finally:
        world.settle()
        world.app.remove_unit(unit)
        world.settle()


def test_the_first_request_of_a_server_that_is_still_to_be_made_is_foreseen(names):
    """In one plan, what the first hook would have written is there for the next."""
    name = next(names)
    with Model(env=CHANNEL) as model:
        app = model.deploy(charm_dir("postgresql"), units=1, config={
            "spare-databases": 0, "logging_log_min_duration_statement": 0})
        client = model.deploy(None, name="client")
        relation = model.relate(app, "database", client, "db")
        relation.app_bags["client"].change({"database": name})
        unit, = app.units
        deliver_until(unit, "start")
        peers = next(r for r in model.relations if r.ends.get(app.name) == "database-peers")
        saved = dict(unit.state), dict(peers.app_bags[app.name]), dict(peers.unit_bags[unit.name])
        unit.state["started"] = True
        peers.app_bags[app.name].change({"primary": unit.name, "primary-address": unit.address})
        peers.unit_bags[unit.name].change({"state": "to-be"})
        statements, _, result = unit.plan_hook(relation, "changed")
        assert result.ok, result
        unit.state = saved[0]
        for bag, old in ((peers.app_bags[app.name], saved[1]),
                         (peers.unit_bags[unit.name], saved[2])):
            bag.change({key: old.get(key) for key in bag})
        model.settle()
        done = written(unit)
        first = next(i for i, sql in enumerate(done) if f'"{name}"' in sql)
        assert [mask(sql.strip()) for _, _, sql in statements] == done[first:]
