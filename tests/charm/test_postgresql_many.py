# SPDX-License-Identifier: Apache-2.0
"""What a relation costs is the same however many there are: what is asked, and what is not."""

import contextlib

import pytest
from fake_basics import wait_until
from postgresql_world import cluster

GROUP = pytest.mark.xdist_group("postgresql_many")
KEYS = '["username", "password", "uris", "tls"]'
CLIENTS = 6


@pytest.fixture(scope="module")
def crowd():
    with cluster(units=2) as world:
        world.relations = [world.relate(f"app{i % 2}", requested_secrets=KEYS)
                           for i in range(CLIENTS)]
        yield world


def about_clients(calls):
    """The relations with clients that a hook has asked about or written to."""
    return {c.args["relation"] for c in calls
            if str(c.args.get("relation")).startswith("database:")}


def tools(calls):
    return [c.tool for c in calls]


def calls_of(unit, do):
    """What the unit's charm calls meanwhile."""
    before = len(unit.calls)
    do()
    return unit.calls[before:]


@contextlib.contextmanager
def statements(world):
    """The statements that the primary's sessions of the operator log meanwhile."""
    primary = world.app[0]
    path = primary.dir / "log/postgres.log"
    found = []
    world.query(primary, "ALTER SYSTEM SET log_statement = 'all'")
    world.query(primary, "SELECT pg_reload_conf()")
    wait_until(lambda: world.query(primary, "SHOW log_statement") == [("all",)], "it logs")
    mark = len(path.read_text(errors="replace"))
    yield found
    text = path.read_text(errors="replace")[mark:]
    found += [line for line in text.splitlines() if "LOG:  " in line]
    world.query(primary, "ALTER SYSTEM RESET log_statement")
    world.query(primary, "SELECT pg_reload_conf()")


def configuration(world):
    """Whatever a server reads: its files, and when it has read them."""
    seen = {}
    for unit in world.live:
        data = unit.dir / "storage/pgdata/data"
        seen.update({p: (p.stat().st_ino, p.stat().st_mtime_ns)
                     for pattern in ("*.conf", "*.signal", "conf.d/*")
                     for p in data.glob(pattern)})
        seen[unit.name] = world.query(unit, "SELECT pg_conf_load_time()")
    assert len(seen) >= 8
    return seen


@GROUP
def test_the_hooks_of_a_relation_ask_about_no_other(crowd):
    leader = crowd.app[0]
    relation = None

    def relate():
        nonlocal relation
        relation = crowd.relate("app0", requested_secrets=KEYS)

    calls = calls_of(leader, relate)
    assert about_clients(calls) == {f"database:{relation.id}"}
    assert not {"relation-ids", "secret-ids", "secret-info-get"} & {
        c.tool for c in calls if c.args.get("endpoint") != "database-peers"}
    calls = calls_of(leader, lambda: crowd.remove(relation))
    assert about_clients(calls) == {f"database:{relation.id}"}
    assert not {"relation-ids", "secret-ids", "secret-info-get"} & {
        c.tool for c in calls if c.args.get("endpoint") != "database-peers"}
    assert tools(calls).count("secret-remove") == 2
    assert len(crowd.model.secrets) == 2 * CLIENTS


@GROUP
def test_a_relation_writes_no_file_of_a_server(crowd):
    before = configuration(crowd)
    relation = crowd.relate("app0")
    crowd.remove(relation)
    assert configuration(crowd) == before


@GROUP
@pytest.mark.parametrize("hook", [
    ("update-status", {}), ("service-changed", {"service": "postgres"}),
    ("database-peers-relation-changed",
     {"relation": "database-peers:0", "endpoint": "database-peers",
      "remote_app": "postgresql", "remote_unit": "postgresql/1"})])
def test_a_hook_with_nothing_new_asks_nothing_about_clients(crowd, hook):
    name, fields = hook
    calls = crowd.app[0].hook(name, **fields).calls
    assert about_clients(calls) == set()
    assert not {"secret-get", "secret-info-get", "relation-set"} & set(tools(calls))


@GROUP
def test_orphans_are_looked_for_in_one_statement(crowd):
    leader = crowd.app[0]
    with statements(crowd) as found:
        assert leader.hook("update-status").ok
    about = [line for line in found if "pg_shdescription" in line or "relation-" in line]
    assert len(about) == 1, found
    # And only those that there are cost more.
    left = crowd.relate("app1", requested_secrets=KEYS)
    user = crowd.answer(left)["username"]
    crowd.model.relations.remove(left)
    del leader.seen[left]
    calls = leader.hook("update-status").calls
    assert user not in crowd.roles() and about_clients(calls) == set()
    assert tools(calls).count("secret-remove") == 2
    assert len(crowd.model.secrets) == 2 * CLIENTS


@GROUP
def test_only_who_has_lost_the_user_is_answered_again(crowd):
    victim = crowd.relations[2]
    told = crowd.answer(victim)
    crowd.query(crowd.primary, f"DROP OWNED BY \"{told['username']}\"", told["database"])
    crowd.query(crowd.primary, f"DROP ROLE \"{told['username']}\"")
    calls = crowd.app[0].hook("update-status").calls
    assert about_clients(calls) == {f"database:{victim.id}"}
    assert crowd.client_query(victim, crowd.app[1], "SELECT 1") == [(1,)]


@GROUP
def test_only_who_was_refused_is_looked_at_again(crowd):
    leader = crowd.app[0]
    crowd.query(crowd.primary, "CREATE DATABASE by_hand")
    refused = crowd.relate("by_hand")
    assert "exists already" in crowd.answer(refused)["status"]
    for _ in range(2):
        leader.update_after = None
        calls = leader.hook("update-status").calls
        assert about_clients(calls) == {f"database:{refused.id}"}
        assert leader.update_after == 10
    crowd.query(crowd.primary, "DROP DATABASE by_hand")
    assert about_clients(leader.hook("update-status").calls) == {f"database:{refused.id}"}
    assert crowd.client_query(refused, crowd.app[0], "SELECT 1") == [(1,)]
    assert about_clients(leader.hook("update-status").calls) == set()
    crowd.remove(refused)


@GROUP
def test_a_changed_configuration_looks_at_every_client_once(crowd):
    everybody = {f"database:{r.id}" for r in crowd.relations}
    leader = crowd.app[0]
    assert about_clients(leader.hook("config-changed").calls) == everybody
    assert about_clients(leader.hook("update-status").calls) == set()


@GROUP
def test_each_client_is_told_once_of_a_new_member(crowd):
    leader = crowd.app[0]
    unit = crowd.app.add_unit()
    with statements(crowd) as found:
        calls = calls_of(leader, crowd.settle)
    told = [c.args["relation"] for c in calls if c.tool == "relation-set"
            and c.args["relation"].startswith("database:")]
    assert sorted(told) == sorted(f"database:{r.id}" for r in crowd.relations)
    assert sum("md5(a.rolpassword)" in line for line in found) == 1, found
    for relation in crowd.relations:
        assert unit.address in crowd.answer(relation)["read-only-endpoints"]
    assert about_clients(leader.hook("update-status").calls) == set()
