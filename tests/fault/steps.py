# SPDX-License-Identifier: Apache-2.0
"""The life cycle, in numbered steps.

A step says what is still to be asked for. That is nothing when everything has
been asked for and is there, or is on its way; so the same question tells after
a fault whether what was acknowledged has been lost.
"""
from typing import Callable, NamedTuple

from harness import wait_until
from world import CLIENTS, DATABASE, SERVER

INITIAL_UNITS, MORE_UNITS = 2, 2
ROWS = 50


class Step(NamedTuple):
    name: str
    ask: Callable     # world -> commands: lists of words, or functions.
    units: int        # Of the server, when it is done.
    clients: tuple    # Which ones are related then.
    changes: int = 30  # About as many events come until it is done,
    span_ms: int = 40  # and about so long nothing may come between two.
    may_repeat: bool = False  # Acknowledged does not mean that it will be.
    programs: tuple = ()  # Of PostgreSQL, that do the work.


def ask_deploy(world):
    there = world.status()["applications"]
    commands = []
    if SERVER not in there:
        commands.append(["deploy", "postgresql", "-n", INITIAL_UNITS])
    return commands + [
        ["deploy", "data-integrator", client, "--config",
         f"database-name={DATABASE}"]
        for client in CLIENTS if client not in there]


def ask_relate(world):
    return [["relate", client, SERVER] for client in CLIENTS
            if not world.is_related(client)]


def ask_write(world):
    world.start_writer()
    return [write_rows] if len(world.writer.acknowledged) < ROWS else []


def write_rows(world):
    wait_until(lambda: len(world.writer.acknowledged) >= ROWS, 60,
               "rows are written")
    return True


def ask_add_unit(world):
    there = len(world.units())
    return [] if there > INITIAL_UNITS else \
        [["add-unit", SERVER, "-n", MORE_UNITS]]


def primaries(units):
    return [name for name, unit in units.items()
            if unit["workload"]["message"] == "Primary"]


def ask_switchover(world):
    """postgresql/1 is a standby when this step begins."""
    if primaries(world.units()) == ["postgresql/1"]:
        return []
    return [["run-action", "postgresql/1", "promote-to-primary", "scope=unit",
             "--wait"]]


def ask_remove(world, name):
    unit = world.units().get(name)
    if unit is None or unit["life"] != "alive":
        return []
    return [["remove-unit", name, "--destroy-storage"]]


def ask_remove_primary(world):
    return ask_remove(world, "postgresql/1")


def ask_remove_standby(world):
    """The first that is one when this step begins."""
    if world.to_remove is None:
        units = world.units()
        world.to_remove = sorted(set(units) - set(primaries(units)))[0]
    return ask_remove(world, world.to_remove)


def ask_remove_relation(world):
    alive = [r for r in world.status()["relations"]
             if r["requirer"] == "shop:postgresql" and r["life"] == "alive"]
    return [remove_relation] if alive else []


def remove_relation(world):
    """When it says that it is done, the user is gone, whatever happens."""
    if world.tenon.run("remove-relation", "shop", SERVER).rc != 0:
        return False
    user, password, database = world.granted["shop"]
    for host in world.addresses:
        result = world.tenon.psql(host, user, password, "-d", database,
                                  "-c", "SELECT 1")
        assert result.rc != 0, f"remove-relation has returned: {result}"
    return True


def ask_restart(world):
    """The power fails, without any other fault."""
    servers = set(world.tenon.postmasters().values())
    if world.before_restart is None:
        world.before_restart = servers
    return [restart] if world.before_restart & servers else []


def restart(world):
    world.tenon.kill_processes()
    return world.tenon.run("status").rc == 0


def ask_relate_again(world):
    return [] if world.is_related("shop") else [["relate", "shop", SERVER]]


def ask_remove_application(world):
    app = world.status()["applications"].get(SERVER)
    if app is None or app["life"] != "alive":
        return []
    return [["remove-application", SERVER, "--destroy-storage"]]


STEPS = {number: step for number, step in enumerate([
    Step("deploy", ask_deploy, 2, (), 50, 400,
         programs=("initdb", "pg_basebackup")),
    Step("relate", ask_relate, 2, CLIENTS, 25),
    Step("write", ask_write, 2, CLIENTS, 0, 300),
    Step("add-unit", ask_add_unit, 4, CLIENTS, 45, 200,
         programs=("pg_basebackup",)),
    Step("switchover", ask_switchover, 4, CLIENTS, 40, 100,
         may_repeat=True),
    Step("remove-primary", ask_remove_primary, 3, CLIENTS, 40),
    Step("remove-standby", ask_remove_standby, 2, CLIENTS, 20),
    Step("remove-relation", ask_remove_relation, 2, ("keeper",), 10),
    Step("restart", ask_restart, 2, ("keeper",), 0, 900),
    Step("relate-again", ask_relate_again, 2, CLIENTS, 20),
    Step("remove-application", ask_remove_application, 0, (), 12, 10),
], 1)}
