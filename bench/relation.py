# SPDX-License-Identifier: Apache-2.0
"""Relate, and remove the relation: by tenon, and the same SQL by psql."""
from byhand import UNTIL_REPLAYED, stopwatch
from harness import wait_until

WAIT_FOR_STANDBYS = ("-c", UNTIL_REPLAYED)


def client_name(number, spares=1):
    return f"client-{'sf'[not spares]}{chr(ord('a') + number)}"


def hand_name(number, spares=1):
    return f"hand-{spares}-{number}"


def operator_psql(tenon, host, operator, *args, stdin=""):
    done = tenon.psql(host, "operator", operator, "-q", "-d", "postgres",
                      "-v", "ON_ERROR_STOP=1", *args, stdin=stdin)
    assert done.rc == 0, str(done)


def log_in(tenon, hosts, user, password, database):
    """On every member; by libpq in this process, whoever made the user."""
    for host in hosts:
        tenon.connect(host, user, password, database).close()


def relate_by_hand(tenon, hosts, operator, name):
    operator_psql(
        tenon, hosts[0], operator,
        "-c", f"CREATE ROLE \"{name}\" LOGIN PASSWORD 'by-hand-pass'",
        "-c", f'CREATE DATABASE "{name}"',
        "-c", f'GRANT ALL ON DATABASE "{name}" TO "{name}"',
        # Our pg_hba confines clients; a person's role is none.
        "-c", f'GRANT tenon_admins TO "{name}"',
        *WAIT_FOR_STANDBYS)
    log_in(tenon, hosts, name, "by-hand-pass", name)


def related(tenon, hosts, client):
    """The credentials, once they have logged in everywhere."""
    tenon.ok("relate", client, "postgresql")
    got = tenon.credentials(client)
    log_in(tenon, hosts, got["username"], got["password"], got["database"])
    return got


def await_spares(tenon, hosts, operator, wanted):
    """Until every member has so many, ready to be taken."""
    def ready(host):
        return tenon.sql(host, "operator", operator, "postgres",
                         "SELECT count(*) FROM pg_database WHERE"
                         " datname LIKE 'tenon-spare-%' AND NOT datallowconn"
                         ) == [str(wanted)]
    wait_until(lambda: all(map(ready, hosts)), 60, f"{wanted} spares")


def bench_relate(tenon, hosts, runs, spares):
    """Seconds by hand and by tenon, until a login works on every member."""
    hand, ours = [], []
    operator = tenon.operator_password()
    tenon.ok("config", "postgresql", f"spare-databases={spares}")
    for number in range(runs):
        client = client_name(number, spares)
        tenon.ok("deploy", "data-integrator", client,
                 "--config", f"database-name=ours-{spares}-{number}")
        tenon.settled()
        await_spares(tenon, hosts, operator, spares)
        tenon.settled()
        with stopwatch(ours):
            related(tenon, hosts, client)
        tenon.settled()
        with stopwatch(hand):
            relate_by_hand(tenon, hosts, operator, hand_name(number, spares))
    return hand, ours


def remove_by_hand(tenon, hosts, operator, name):
    """One psql for all: who does it often would have it as a script."""
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity" \
        f" WHERE usename = '{name}' \\g /dev/null\n"
    script = f'ALTER ROLE "{name}" NOLOGIN PASSWORD NULL;\n'
    script += f"{UNTIL_REPLAYED};\n{end}"
    for host in hosts[1:]:
        script += f"\\connect - - {host} -\n{end}"
    script += f'\\connect "{name}" - {hosts[0]} -\n'
    script += f'REASSIGN OWNED BY "{name}" TO operator;\n'
    script += f'DROP OWNED BY "{name}";\nDROP ROLE "{name}";\n'
    script += f"{UNTIL_REPLAYED};\n"
    operator_psql(tenon, hosts[0], operator, stdin=script)


def has_access(tenon, host, user, password, database):
    done = tenon.psql(host, user, password, "-d", database, "-c", "SELECT 1")
    return done.rc == 0


def bench_remove(tenon, hosts, runs):
    """Seconds by hand and by tenon, until the user can use no member.

    Of relations that bench_relate() has made, each with an open session on
    every member.
    """
    hand, ours = [], []
    operator = tenon.operator_password()
    for number in range(runs):
        client, name = client_name(number), hand_name(number)
        got = tenon.credentials(client)
        login = (got["username"], got["password"], got["database"])
        by_hand = (name, "by-hand-pass", name)
        sessions = [tenon.connect(host, *who)
                    for host in hosts for who in (login, by_hand)]
        with stopwatch(ours):
            tenon.ok("remove-relation", client, "postgresql")
        with stopwatch(hand):
            remove_by_hand(tenon, hosts, operator, name)
        for session in sessions:
            session.close()
        for host in hosts:
            assert not has_access(tenon, host, *login)
            assert not has_access(tenon, host, *by_hand)
    return hand, ours
