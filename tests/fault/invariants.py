# SPDX-License-Identifier: Apache-2.0
"""What must hold whenever nothing is left to do, whatever happened before."""
from http.client import HTTPException

import psycopg2

from harness import proc_link, read_proc, wait_until
from steps import primaries
from world import CLIENTS, MODEL, SERVER, children_of, units_of

CONVERGE = 120  # Seconds; a hook that failed is repeated after 5, 10, ...


def trouble(world, step):
    """Why the model is not yet as the step wants it, or None."""
    try:
        answer, why = world.tenon.api(
            "GET", f"/v1/models/{MODEL}/settled?timeout=300")
        status = world.status()
    except (OSError, HTTPException) as error:
        return f"tenond does not answer: {error}"
    if answer != 200:
        return f"not settled: {why}"
    why = unit_trouble(status, step)
    if why is None and step.units:
        why = stream_trouble(world, status) or \
            endpoint_trouble(world, status, step)
    return why


def unit_trouble(status, step):
    servers = units_of(status, SERVER)
    if len(servers) != step.units:
        return f"servers: {sorted(servers)}"
    if step.units and len(primaries(servers)) != 1:
        return f"primaries: {primaries(servers)}"
    for app in (SERVER, *CLIENTS):
        wanted = "active" if app == SERVER or app in step.clients \
            else "blocked"
        for name, unit in units_of(status, app).items():
            word = unit["workload"]["current"]
            if unit["agent"]["current"] != "idle" or word != wanted:
                return f"{name}: {unit['agent']} {unit['workload']}"
    return None


def stream_trouble(world, status):
    """Every standby streams, from a slot of its own."""
    units = units_of(status, SERVER)
    (primary,) = primaries(units)
    if world.operator is None:
        world.operator = world.tenon.operator_password()
    result = world.tenon.psql(
        units[primary]["address"], "operator", world.operator, "-qAt",
        "-d", "postgres", "-c",
        "SELECT application_name FROM pg_stat_replication r JOIN"
        " pg_replication_slots s ON s.active_pid = r.pid AND s.slot_name ="
        " r.application_name WHERE state = 'streaming' ORDER BY 1")
    standbys = sorted(name.replace("/", "_") for name in units
                      if name != primary)
    streams = result.stdout.splitlines()
    return None if streams == standbys else f"streaming: {result}"


def endpoint_trouble(world, status, step):
    """A standby that was away is told to clients when it has caught up."""
    units = units_of(status, SERVER)
    (primary,) = [units[name]["address"] for name in primaries(units)]
    standbys = {u["address"] for u in units.values()} - {primary}
    for client in step.clients:
        got = world.tenon.credentials(client)
        if got["endpoints"] != [primary] or \
                set(got.get("read-only-endpoints", [])) != standbys:
            return f"endpoints of {client}: {got}, not {primary}, {standbys}"
    return None


def converge(world, step):
    """Wait until it is as it should be; nobody helps."""
    last = [None]

    def fits():
        last[0] = trouble(world, step)
        return last[0] is None
    try:
        wait_until(fits, CONVERGE)
    except AssertionError:
        raise AssertionError(
            f"after {CONVERGE} s still {last[0]}") from None


def await_settled(world):
    """Nothing is left to do; a hook that has failed is to be repeated."""
    wait_until(lambda: world.tenon.api(
        "GET", f"/v1/models/{MODEL}/settled?timeout=300")[0] == 200, CONVERGE)


def check(world):
    world.remember()
    status = world.status()
    units = units_of(status, SERVER)
    check_journal(world, status)
    check_processes(world, status)
    check_directories(world, status)
    if not units:
        return
    (primary,) = [units[name]["address"] for name in primaries(units)]
    standbys = {u["address"] for u in units.values()} - {primary}
    check_access(world, primary, standbys)
    check_roles(world, primary)
    check_slots(world, primary, standbys)
    if world.writer is not None:
        check_rows(world, primary, standbys)


def check_journal(world, status):
    """The last that each unit did has succeeded."""
    entries = world.tenon.get(
        f"/v1/models/{MODEL}/journal?limit=1000")["entries"]
    last = {e["subject"]: e for e in entries if e["kind"] == "hook"}
    for app in (SERVER, *CLIENTS):
        for name in units_of(status, app):
            entry = last.get(name, {"result": "ok"})
            assert entry["result"] == "ok", f"journal: {entry}"


def leaked(world, status):
    """Processes of this controller that belong to nothing there is."""
    found = world.tenon.processes()
    servers = set(world.tenon.postmasters().values())
    known = servers | set(children_of(servers))
    daemons = [pid for pid in found if read_proc(pid, "comm") == b"tenond\n"]
    units = {name for app in (SERVER, *CLIENTS)
             for name in units_of(status, app)}
    charms = {world.charm_of(name) for name in units}
    return {pid: words for pid, words in found.items()
            if pid not in known | set(daemons[:1]) | charms}


def check_processes(world, status):
    last = [{}]

    def none_leaked():
        last[0] = leaked(world, status)
        return not last[0]
    try:
        # Children of a server that was killed take a moment to notice.
        wait_until(none_leaked, 10)
    except AssertionError:
        raise AssertionError(f"leaked processes: {last[0]}") from None
    servers = world.tenon.postmasters()
    addresses = {u["address"] for u in units_of(status, SERVER).values()}
    assert set(servers) == addresses, f"servers: {servers}, not {addresses}"
    for address, pid in servers.items():
        assert proc_link(pid, "cwd").endswith("/pgdata/data"), address


def check_directories(world, status):
    """Of machines that are gone, and of copies that were cut off."""
    machines = {m["instance-id"] for m in status["machines"].values()}
    top = world.tenon.home / "machines"
    there = {p.name for p in top.iterdir()} if top.exists() else set()
    assert there <= machines, f"stray machines: {there - machines}"
    halves = [str(p) for p in top.glob("*/*/storage/pgdata/data.new")]
    assert not halves, f"half-made data: {halves}"


def check_access(world, primary, standbys):
    for client, (user, password, database) in world.granted.items():
        for host in {primary} | standbys:
            session = world.tenon.connect(host, user, password, database)
            with session.cursor() as cursor:
                cursor.execute(
                    "CREATE TABLE IF NOT EXISTS seen (who text)"
                    if host == primary else "SELECT 1")
                if host == primary:
                    cursor.execute("INSERT INTO seen VALUES (%s)", [client])
            session.close()
    for user, password, database in world.removed:
        for host in {primary} | standbys:
            try:
                world.tenon.connect(host, user, password, database).close()
            except psycopg2.OperationalError as refused:
                assert "password authentication failed" in str(refused), \
                    refused
            else:
                raise AssertionError(f"{user} still gets into {host}")


def check_roles(world, primary):
    users = world.operator_sql(
        primary, "SELECT rolname FROM pg_roles WHERE rolname LIKE"
        " 'relation-%' ORDER BY 1")
    granted = sorted(c.username for c in world.granted.values())
    assert users == granted, f"roles: {users}, but relations: {granted}"
    halves = world.operator_sql(
        primary, "SELECT rolname FROM pg_roles WHERE shobj_description(oid,"
        " 'pg_authid') = 'tenon: database in the making'")
    assert not halves, f"half-made databases: {halves}"


def check_slots(world, primary, standbys):
    slots = world.operator_sql(
        primary, "SELECT slot_name, active FROM pg_replication_slots")
    assert len(slots) == len(standbys) and \
        all(s.endswith("|t") for s in slots), f"slots: {slots}"
    for host in standbys:
        slots = world.operator_sql(
            host, "SELECT slot_name FROM pg_replication_slots")
        assert not slots, f"slots on the standby {host}: {slots}"


def check_rows(world, primary, standbys):
    """Every row that was acknowledged is there, at last everywhere."""
    numbers = set(world.writer.acknowledged)
    user, password, database = world.writer.credentials
    for host in (primary, *sorted(standbys)):
        def lost():
            rows = world.tenon.sql(host, user, password, database,
                                   "SELECT n FROM acknowledged")
            return numbers - {int(n) for n in rows}
        wait_until(lambda: host == primary or not lost(), 20,
                   f"{host} has replayed")
        gone = lost()
        assert not gone, f"{host} has lost {sorted(gone)[:20]}"
