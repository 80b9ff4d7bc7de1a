# SPDX-License-Identifier: Apache-2.0
"""Relate, and remove the relation: by tenon, and the same SQL by psql."""
from byhand import UNTIL_REPLAYED, stopwatch

WAIT_FOR_STANDBYS = ("-c", UNTIL_REPLAYED)


def client_name(number):
    return f"client-{chr(ord('a') + number)}"


def operator_psql(tenon, host, operator, *args, stdin=""):
    done = tenon.psql(host, "operator", operator, "-q", "-d", "postgres",
                      "-v", "ON_ERROR_STOP=1", *args, stdin=stdin)
    assert done.rc == 0, str(done)


def relate_by_hand(tenon, hosts, operator, name):
    operator_psql(
        tenon, hosts[0], operator,
        "-c", f"CREATE ROLE \"{name}\" LOGIN PASSWORD 'by-hand-pass'",
        "-c", f'CREATE DATABASE "{name}"',
        "-c", f'GRANT ALL ON DATABASE "{name}" TO "{name}"',
        # Our pg_hba confines clients; a person's role is none.
        "-c", f'GRANT tenon_admins TO "{name}"',
        *WAIT_FOR_STANDBYS)
    for host in hosts:
        tenon.sql(host, name, "by-hand-pass", name, "SELECT 1")


def related(tenon, hosts, client):
    """The credentials, once they have logged in everywhere."""
    tenon.ok("relate", client, "postgresql")
    got = tenon.credentials(client)
    for host in hosts:
        tenon.sql(host, got["username"], got["password"], got["database"],
                  "SELECT 1")
    return got


def bench_relate(tenon, hosts, runs):
    """Seconds by hand and by tenon, until a login works on every member."""
    hand, ours = [], []
    operator = tenon.operator_password()
    for number in range(runs):
        client = client_name(number)
        tenon.ok("deploy", "data-integrator", client,
                 "--config", f"database-name=ours-{number}")
        tenon.settled()
        with stopwatch(ours):
            related(tenon, hosts, client)
        tenon.settled()
        with stopwatch(hand):
            relate_by_hand(tenon, hosts, operator, f"hand-{number}")
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
        client, name = client_name(number), f"hand-{number}"
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
