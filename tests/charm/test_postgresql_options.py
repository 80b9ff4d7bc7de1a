# SPDX-License-Identifier: Apache-2.0
"""The PostgreSQL charm: its options are checked by the server, read by it, and what needs
a restart gets one, member by member."""

import pathlib
import tempfile

import pytest
from fake_unit import CharmDied
from postgresql_world import cluster, kill_postmaster, programs

SINGLE = pytest.mark.xdist_group("options-single")
PAIR = pytest.mark.xdist_group("options-pair")


@pytest.fixture(scope="module", name="single")
def single_fixture():
    with cluster() as world:
        yield world


@pytest.fixture(scope="module", name="pair")
def pair_fixture():
    with cluster(units=2) as world:
        yield world


def configure(world, **options):
    world.app.set_config(**options)
    world.settle()


def show(unit, world, name):
    return world.query(unit, f"SHOW {name}")[0][0]


def started(world):
    return {u.name: world.query(u, "SELECT pg_postmaster_start_time()")[0][0]
            for u in world.live}


def statuses(world):
    return [u.status for u in world.live]


# ---- what there is ----

@SINGLE
def test_every_option_is_a_setting_of_the_server_and_its_default_is_taken(single):
    own = {"spare-databases", "profile", "profile_limit_memory",
           "synchronous_node_count", "synchronous_mode_strict"}
    named = {"experimental_max_connections": "max_connections",
             "request_time_zone": "timezone", "request_date_style": "datestyle"}
    found = {name: row for name, *row in single.query(
        single.primary, "SELECT lower(name), vartype, min_val, max_val, setting, sourcefile "
        "FROM pg_settings")}
    types = {"integer": {"int"}, "bool": {"boolean"}, "real": {"float"},
             "string": {"string"}, "enum": {"string", "boolean"}}
    for option, spec in single.app.options.items():
        if option in own or option.startswith("plugin_"):
            continue
        vartype, least, most, value, source = found[
            named.get(option, option.partition("_")[2])]
        assert source.endswith("/options.conf"), option
        if option.startswith("cpu_max_"):
            assert spec["default"] == "auto"
            continue
        assert spec["type"] in types[vartype], option
        if spec["type"] == "int":
            assert int(least) <= int(spec["minimum"]), option
            assert int(spec["maximum"]) <= int(most), option
        if spec.get("default") is None:
            assert option in ("experimental_max_connections", "memory_shared_buffers")
        elif spec["type"] == "boolean":
            assert (value not in ("off", "false")) == spec["default"], option
        elif spec["type"] == "float":
            assert float(value) == float(spec["default"]), option
        else:
            assert value == str(spec["default"]), option


# ---- without a restart ----

@SINGLE
def test_an_option_is_read_without_a_restart_and_goes_back_to_its_default(single):
    before = started(single)
    configure(single, memory_work_mem=8192, request_time_zone="Europe/Berlin",
              storage_default_table_access_method="heap",
              instance_default_text_search_config="pg_catalog.german")
    assert show(single.primary, single, "work_mem") == "8MB"
    assert show(single.primary, single, "timezone") == "Europe/Berlin"
    assert show(single.primary, single, "default_text_search_config") == "pg_catalog.german"
    configure(single, memory_work_mem=None, request_time_zone=None,
              storage_default_table_access_method=None,
              instance_default_text_search_config=None)
    assert show(single.primary, single, "work_mem") == "4MB"
    assert show(single.primary, single, "timezone") == "UTC"
    assert show(single.primary, single, "default_text_search_config") == "pg_catalog.simple"
    assert started(single) == before


@SINGLE
@pytest.mark.parametrize(("option", "bad", "setting", "reason"), [
    ("request_time_zone", "Nowhere/X", "timezone",
     'invalid value for parameter "TimeZone": "Nowhere/X"'),
    ("request_date_style", "foo", "datestyle", 'Unrecognized key word: "foo".'),
    ("optimizer_geqo_selection_bias", 9.5, "geqo_selection_bias", "(1.5 .. 2)"),
    ("logging_track_functions", "some", "track_functions", "Available values: none, pl, all."),
    ("instance_default_text_search_config", "pg_catalog.klingon", "default_text_search_config",
     '"pg_catalog.klingon"'),
    ("durability_synchronous_commit", "off", "synchronous_commit", "has to be on"),
    ("memory_shared_buffers", 1073741823, "shared_buffers", "40 % of the memory"),
])
def test_a_refused_option_is_named_and_what_was_in_force_stays_so(
        single, option, bad, setting, reason):
    before = show(single.primary, single, setting)
    configure(single, **{option: bad, "memory_work_mem": 5000})
    word, text = single.app.leader.status
    assert word == "blocked" and text.startswith(f"Configuration Error: {option}: ")
    assert reason in text
    assert show(single.primary, single, setting) == before
    assert show(single.primary, single, "work_mem") == "5000kB", "the others are in force"
    configure(single, **{option: None, "memory_work_mem": None})
    assert statuses(single) == [("active", "Primary")]
    assert show(single.primary, single, setting) == before


@SINGLE
def test_the_value_in_force_is_the_last_that_was_accepted(single):
    configure(single, request_time_zone="Asia/Tokyo")
    configure(single, request_time_zone="Nowhere/X")
    assert show(single.primary, single, "timezone") == "Asia/Tokyo"
    configure(single, request_time_zone=None)
    assert show(single.primary, single, "timezone") == "UTC"


@SINGLE
def test_sessions_of_the_charm_do_not_follow_the_options(single):
    configure(single, request_default_transaction_read_only=True, connection_statement_timeout=1,
              response_exit_on_error=True, request_transform_null_equals=True,
              request_default_transaction_isolation="serializable",
              request_standard_conforming_strings=False, response_bytea_output="escape",
              request_lock_timeout=1, session_idle_in_transaction_session_timeout=1)
    relation = single.relate("under-options")
    bag = single.answer(relation)
    assert bag["username"] and bag["database"] == "under-options"
    configure(single, **{o: None for o in (
        "request_default_transaction_read_only", "connection_statement_timeout",
        "response_exit_on_error", "request_transform_null_equals",
        "request_default_transaction_isolation", "request_standard_conforming_strings",
        "response_bytea_output", "request_lock_timeout",
        "session_idle_in_transaction_session_timeout")})
    assert single.client_query(relation, single.primary, "SELECT 1") == [(1,)]
    single.remove(relation)


@SINGLE
def test_alter_system_stays_in_force_and_starts_nothing_again(single):
    before = started(single)
    single.query(single.primary, "ALTER SYSTEM SET max_connections = 77")
    configure(single, memory_work_mem=9000)
    assert started(single) == before
    single.query(single.primary, "ALTER SYSTEM RESET ALL")
    configure(single, memory_work_mem=None)
    assert started(single) == before


# ---- with a restart ----

@PAIR
def test_standbys_start_again_before_the_primary_and_it_stays_the_primary(pair):
    primary, before = pair.primary, started(pair)
    relation = pair.relate("through-restarts")
    configure(pair, experimental_max_connections=321)
    after = started(pair)
    assert [show(u, pair, "max_connections") for u in pair.live] == ["321", "321"]
    assert pair.primary is primary
    standby = next(u for u in pair.live if u is not primary)
    assert before[standby.name] < after[standby.name] < after[primary.name]
    assert statuses(pair) == [("active", "Primary"), ("active", "")]
    peers = pair.model.relations[0]
    assert "restart-turn" not in peers.app_bags["postgresql"]
    assert not [u for u in pair.live if "restart" in peers.unit_bags[u.name]]
    for unit in pair.live:
        assert pair.client_query(relation, unit, "SELECT 1") == [(1,)]
    pair.remove(relation)


@PAIR
def test_a_standby_has_less_connections_only_after_its_primary(pair):
    configure(pair, experimental_max_connections=321)
    before = started(pair)
    configure(pair, experimental_max_connections=100)
    after = started(pair)
    assert [show(u, pair, "max_connections") for u in pair.live] == ["100", "100"]
    standby = next(u for u in pair.live if u is not pair.primary)
    assert before[pair.primary.name] < after[pair.primary.name] < after[standby.name]
    assert statuses(pair) == [("active", "Primary"), ("active", "")]


# The log of before is still to be read, as long as there is a file of the name.
LOOK_BACK = """\
[ ! -e {here}/before ] || exec echo "max_connections setting:              321"
exec {real} "$@"
"""


def test_a_standby_has_no_less_than_the_log_asks_for_that_it_has_not_read():
    with tempfile.TemporaryDirectory() as directory, cluster(units=2, env={
            "TENON_PG_BINDIR": programs(directory, "pg_controldata", LOOK_BACK)}) as pair:
        flag = pathlib.Path(directory) / "before"
        configure(pair, experimental_max_connections=321)
        standby = next(u for u in pair.live if u is not pair.primary)
        flag.touch()
        before = started(pair)
        configure(pair, experimental_max_connections=100)
        assert [show(u, pair, "max_connections") for u in pair.live] == ["100", "321"]
        assert started(pair)[standby.name] == before[standby.name]
        assert standby.update_after <= 5
        flag.unlink()
        assert standby.hook("update-status").ok
        pair.settle()
        assert [show(u, pair, "max_connections") for u in pair.live] == ["100", "100"]
        assert statuses(pair) == [("active", "Primary"), ("active", "")]


class Leaver:
    """A tenond that ends when it has stopped the server for the charm."""

    def __init__(self, unit):
        self.unit, self.answer = unit, unit.answer
        unit.answer = self

    def __call__(self, tools, message):
        answer = self.answer(tools, message)
        if message["tool"] != "service-stop":
            return answer
        self.unit.answer = self.answer
        self.unit.end_process()
        raise CharmDied("tenond has gone")


@PAIR
def test_a_restart_that_tenond_did_not_live_to_see_goes_on(pair):
    """Options are taken back if a server does not start with them, and only then."""
    standby = next(u for u in pair.live if u is not pair.primary)
    Leaver(standby)
    pair.app.set_config(experimental_max_connections=222)
    with pytest.raises(CharmDied):
        pair.settle()
    assert "max_connections = '222'" in (standby.dir / "postgres/options.conf").read_text()
    pair.settle()
    assert [show(u, pair, "max_connections") for u in pair.live] == ["222", "222"]
    assert statuses(pair) == [("active", "Primary"), ("active", "")]


@PAIR
def test_what_no_server_starts_with_is_tried_by_one_standby_and_taken_back(pair):
    before = started(pair)
    configure(pair, instance_max_locks_per_transaction=2000000000)
    after = started(pair)
    standby = next(u for u in pair.live if u is not pair.primary)
    assert after[pair.primary.name] == before[pair.primary.name]
    word, text = standby.status
    assert word == "blocked"
    assert text.startswith("Configuration Error: instance_max_locks_per_transaction: ")
    assert [show(u, pair, "max_locks_per_transaction") for u in pair.live] == ["64", "64"]
    for unit in pair.live:
        text = (unit.dir / "postgres/options.conf").read_text()
        assert "max_locks_per_transaction = '64'" in text
    configure(pair, instance_max_locks_per_transaction=None)
    assert statuses(pair) == [("active", "Primary"), ("active", "")]


@PAIR
def test_a_primary_that_crashes_before_its_restart_starts_with_what_it_ran_with(pair):
    """A standby would have tried the options first, had there been time."""
    primary = pair.primary
    configure(pair, instance_max_locks_per_transaction=65)
    assert [show(u, pair, "max_locks_per_transaction") for u in pair.live] == ["65", "65"]
    pair.app.set_config(instance_max_locks_per_transaction=2000000000)
    assert primary.hook("config-changed").ok
    text = (primary.dir / "postgres/options.conf").read_text()
    assert "max_locks_per_transaction = '2000000000'" in text
    kill_postmaster(primary)
    pair.settle()
    assert pair.primary is primary
    assert [show(u, pair, "max_locks_per_transaction") for u in pair.live] == ["65", "65"]
    assert [u for u in pair.live if u.status[0] == "blocked" and u.status[1].startswith(
        "Configuration Error: instance_max_locks_per_transaction: ")], statuses(pair)
    configure(pair, instance_max_locks_per_transaction=None)
    assert [show(u, pair, "max_locks_per_transaction") for u in pair.live] == ["64", "64"]
    assert statuses(pair) == [("active", "Primary"), ("active", "")]


@PAIR
def test_a_member_that_comes_later_has_the_options_from_its_start(pair):
    configure(pair, profile="production", profile_limit_memory=1000, memory_work_mem=7000)
    unit = pair.app.add_unit()
    pair.settle()
    assert [show(u, pair, "shared_buffers") for u in pair.live] == ["250MB"] * 3
    assert [show(u, pair, "effective_cache_size") for u in pair.live] == ["750MB"] * 3
    assert show(unit, pair, "work_mem") == "7000kB"
    assert unit.status == ("active", "")
    configure(pair, profile="testing", profile_limit_memory=None, memory_work_mem=None)
    pair.app.remove_unit(unit)
    pair.settle()


# ---- extensions ----

def extensions(world, database="postgres"):
    return {row[0] for row in world.query(
        world.primary, "SELECT extname FROM pg_extension WHERE extname <> 'plpgsql'", database)}


@SINGLE
def test_extensions_are_in_every_database_and_leave_it_again(single):
    early = single.relate("early")
    configure(single, plugin_cube_enable=True, plugin_earthdistance_enable=True,
              plugin_uuid_ossp_enable=True)
    late = single.relate("late")
    for database in ("postgres", "early", "late"):
        assert extensions(single, database) == {"cube", "earthdistance", "uuid-ossp"}
    for relation in (early, late):
        assert single.client_query(
            relation, single.primary, "SELECT cube_dim('(1,2)'), uuid_nil()::text") == [
                (2, "00000000-0000-0000-0000-000000000000")]
    # The first of them can be dropped only after the second.
    configure(single, plugin_cube_enable=False, plugin_earthdistance_enable=False,
              plugin_uuid_ossp_enable=False)
    for database in ("postgres", "early", "late"):
        assert extensions(single, database) == set()
    assert statuses(single) == [("active", "Primary")]
    for relation in (early, late):
        single.remove(relation)


@SINGLE
def test_what_was_made_by_hand_is_never_dropped(single):
    single.query(single.primary, "CREATE EXTENSION citext SCHEMA public")
    configure(single, plugin_citext_enable=True, plugin_hstore_enable=True)
    assert extensions(single) == {"citext", "hstore"}
    configure(single, plugin_citext_enable=False, plugin_hstore_enable=False)
    assert extensions(single) == {"citext"}
    single.query(single.primary, "DROP EXTENSION citext")


@SINGLE
def test_an_extension_that_is_in_use_stays_until_it_is_not(single):
    relation = single.relate("in-use")
    configure(single, plugin_hstore_enable=True)
    single.client_query(relation, single.primary, "CREATE TABLE t (h public.hstore)")
    configure(single, plugin_hstore_enable=False)
    word, text = single.app.leader.status
    assert word == "blocked"
    assert text.startswith("Cannot disable plugins: plugin_hstore_enable: in-use: ")
    assert extensions(single, "in-use") == {"hstore"} and extensions(single) == set()
    assert single.client_query(relation, single.primary, "SELECT count(*) FROM t") == [(0,)]
    single.client_query(relation, single.primary, "DROP TABLE t")
    assert single.app.leader.hook("update-status").ok
    assert extensions(single, "in-use") == set()
    assert statuses(single) == [("active", "Primary")]
    single.remove(relation)


@SINGLE
@pytest.mark.parametrize(("option", "reason"), [
    ("plugin_earthdistance_enable", '"cube"'), ("plugin_rdkit_enable", '"rdkit"')])
def test_an_extension_that_cannot_be_made_is_named(single, option, reason):
    configure(single, **{option: True})
    word, text = single.app.leader.status
    assert word == "blocked" and text.startswith(f"Configuration Error: {option}: ")
    assert reason in text
    relation = single.relate("all-the-same")
    assert single.client_query(relation, single.primary, "SELECT 1") == [(1,)]
    single.remove(relation)
    configure(single, **{option: False})
    assert statuses(single) == [("active", "Primary")]


# ---- extensions that need a library ----

def libraries(world):
    return [show(u, world, "shared_preload_libraries") for u in world.live]


@PAIR
def test_what_needs_a_library_is_made_when_every_server_has_loaded_it(pair):
    primary, before = pair.primary, started(pair)
    early = pair.relate("audited")
    configure(pair, plugin_audit_enable=True)
    after = started(pair)
    standby = next(u for u in pair.live if u is not primary)
    assert before[standby.name] < after[standby.name] < after[primary.name]
    assert libraries(pair) == ["pgaudit"] * 2 and pair.primary is primary
    late = pair.relate("audited-later")
    for database in ("postgres", "audited", "audited-later"):
        assert extensions(pair, database) == {"pgaudit"}
    assert statuses(pair) == [("active", "Primary"), ("active", "")]
    pair.client_query(late, primary, "CREATE TABLE seen (id int)")
    log = (primary.dir / "log/postgres.log").read_text()
    assert "AUDIT: SESSION,1,1,DDL,CREATE TABLE,TABLE,public.seen," in log
    # Who has the extension, and no library, cannot create anything.
    pair.query(primary, "CREATE DATABASE by_hand")
    pair.query(primary, "CREATE EXTENSION pgaudit", "by_hand")
    configure(pair, plugin_audit_enable=False)
    assert libraries(pair) == ["pgaudit"] * 2
    assert extensions(pair, "audited") == set()
    assert extensions(pair, "by_hand") == {"pgaudit"}
    pair.query(primary, "DROP DATABASE by_hand")
    for unit in pair.live:
        assert unit.hook("config-changed").ok
    pair.settle()
    assert libraries(pair) == ["", ""] and pair.primary is primary
    assert statuses(pair) == [("active", "Primary"), ("active", "")]
    for relation in (early, late):
        pair.client_query(relation, primary, "CREATE TABLE unseen (id int)")
        pair.remove(relation)


@SINGLE
def test_a_library_that_is_not_installed_is_named_before_anything_restarts(single):
    before = started(single)
    configure(single, plugin_timescaledb_enable=True)
    assert statuses(single) == [("blocked", (
        "Configuration Error: plugin_timescaledb_enable: timescaledb.so is not installed: "
        "apt-get install timescaledb-2-postgresql-15"))]
    assert single.app.leader.update_after == 30
    configure(single, plugin_timescaledb_enable=False)
    assert statuses(single) == [("active", "Primary")]
    assert started(single) == before


@SINGLE
def test_libraries_that_somebody_has_set_are_left_alone(single):
    single.query(single.primary, "ALTER SYSTEM SET shared_preload_libraries = 'auto_explain'")
    before = started(single)
    configure(single, plugin_audit_enable=True)
    assert statuses(single) == [("blocked", (
        "Configuration Error: plugin_audit_enable: shared_preload_libraries has been set with "
        "ALTER SYSTEM, without pgaudit"))]
    assert started(single) == before
    single.query(single.primary, "ALTER SYSTEM SET shared_preload_libraries = auto_explain, pgaudit")
    kill_postmaster(single.primary)
    single.settle()
    assert libraries(single) == ["auto_explain, pgaudit"] and extensions(single) == {"pgaudit"}
    assert statuses(single) == [("active", "Primary")]
    configure(single, plugin_audit_enable=False)
    single.query(single.primary, "ALTER SYSTEM RESET ALL")
    kill_postmaster(single.primary)
    single.settle()
    assert libraries(single) == [""]
