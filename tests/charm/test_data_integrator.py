# SPDX-License-Identifier: Apache-2.0
"""The data-integrator charm, against a provider that the test plays."""

import json

import pytest
from fake_basics import charm_dir
from fake_secrets import Secret
from fake_tenond import Model

ROW_3 = ("blocked", "Please specify either topic or database name")
ROW_5 = ("blocked", "Please relate the data-integrator with the desired product")
ROLES = ("blocked", "To change role info, please remove relation and add it again")
ACTIVE = ("active", "")
WAITING = ("waiting", "Waiting for postgresql to provide the database")
SECRETS = ["username", "password", "entity-name", "entity-password"]
GRANT = {"database": "test-database", "username": "relation-1", "password": "136bvw0s7FjJ6mxZ",
         "endpoints": "127.9.1.1:5432", "read-only-endpoints": "127.9.1.2:5432",
         "version": "14.7", "data": "{}"}
HOSTILE = ["o'neil", 'say "hi"', "na\u00efve \u6570\u636e \U0001f418", "two\nlines", "a.b.c", "\\x\t",
           "$(reboot)", "{{x}}", "{\"json\": [1]}", " padded ", "%s%n", "-rf"]


class World:
    """A data-integrator and, once related, a provider without a charm."""

    def __init__(self, model, units=1, config=None):
        self.model = model
        self.app = model.deploy(charm_dir("data-integrator"), units=units, config=config)
        self.providers = {}
        model.settle()

    @property
    def status(self):
        """What all units say: they have to agree."""
        assert len({u.status for u in self.app.units}) == 1
        return self.app[0].status

    def relate(self, product="postgresql"):
        if product not in self.providers:
            self.providers[product] = self.model.deploy(None, name=product)
        relation = self.model.relate(self.providers[product], "database", self.app, product)
        self.model.settle()
        return relation

    def sent(self, relation):
        """The request, without the list of secrets that each one has."""
        sent = dict(relation.app_bags[self.app.name])
        assert (json.loads(sent.pop("requested-secrets")) == SECRETS) if sent else True
        return sent

    def answer(self, relation, **values):
        """What the provider writes; True for all of a grant."""
        relation.app_bags[relation.far_app(self.app.name)].change(
            {k.replace("_", "-"): v for k, v in values.items()})
        self.model.settle()

    def grant(self, relation, **changes):
        self.answer(relation, **{**GRANT, **changes})

    def seal(self, relation, **content):
        """A provider's secret, granted to the integrator: its URI."""
        secret = Secret(self.providers["postgresql"], "database.1.user.secret")
        secret.set({k.replace("_", "-"): v for k, v in content.items()})
        secret.grants.add((relation, self.app.name))
        self.model.secrets.append(secret)
        return secret.uri

    def configure(self, **values):
        self.app.set_config(**values)
        self.model.settle()

    def remove(self, relation):
        self.model.remove_relation(relation)
        self.model.settle()

    def credentials(self, unit=0):
        return self.app[unit].action("get-credentials")


@pytest.fixture(name="model")
def _model():
    with Model() as model:
        yield model


@pytest.fixture(name="world", params=[1, 2], ids=["one-unit", "two-units"])
def _world(model, request):
    return World(model, request.param, {"database-name": "test-database"})


def refusal(code, message):
    return json.dumps([{"code": code, "message": message, "resolution": "choose another"}])


def failed(result, message):
    assert result.ok
    assert result.failure == message
    assert result.results == {"ok": "False"}
    return True


def test_without_a_name_it_asks_for_one(model):
    world = World(model)
    assert world.status == ROW_3
    assert failed(world.credentials(),
                  "The database name or topic name is not specified in the config.")


def test_an_empty_name_is_no_name(model):
    assert World(model, config={"database-name": ""}).status == ROW_3


def test_without_a_relation_it_asks_for_one(world):
    assert world.status == ROW_5
    assert failed(world.credentials(),
                  "The action can be run only after relation is created.")


def test_names_with_a_topic_only_are_enough_to_ask_for_a_relation(model):
    assert World(model, config={"topic-name": "t"}).status == ROW_5


def test_the_request_is_sent_and_the_answer_awaited(world):
    relation = world.relate()
    assert world.sent(relation) == {"database": "test-database"}
    assert world.status == WAITING
    assert failed(world.credentials(), WAITING[1])


def test_waiting_names_the_remote_application(model):
    world = World(model, config={"database-name": "d"})
    other = model.deploy(None, name="pg-west")
    model.relate(other, "database", world.app, "postgresql")
    model.settle()
    assert world.status == ("waiting", "Waiting for pg-west to provide the database")


def test_roles_are_sent_with_the_name(model):
    world = World(model, config={"database-name": "d", "extra-user-roles": "createdb,admin"})
    assert world.sent(world.relate()) == {"database": "d", "extra-user-roles": "createdb,admin"}


def test_only_the_leader_sends(model):
    world = World(model, 2, {"database-name": "d"})
    world.relate()
    writers = {u.name for u in world.app.units for c in u.calls
               if c.tool == "relation-set"}
    assert writers == {"data-integrator/0"}


def test_credentials_are_those_of_the_answer(world):
    world.grant(world.relate())
    assert world.status == ACTIVE
    expected = {k: v for k, v in GRANT.items() if k != "data"}
    for unit in range(len(world.app.units)):
        result = world.credentials(unit)
        assert result.ok and result.failure is None
        assert result.results == {"ok": "True", "postgresql": expected}


def test_user_without_password_is_no_grant(world):
    relation = world.relate()
    world.answer(relation, database="test-database", username="relation-1")
    assert world.status == WAITING


@pytest.mark.parametrize("code", [4000, 4105, 5001])
def test_a_refusal_is_shown_with_its_reason(world, code):
    relation = world.relate()
    world.answer(relation, status=refusal(code, "the name \"postgres\" is reserved"))
    assert world.status == ("blocked", "Refused by postgresql: the name \"postgres\" is reserved")
    assert failed(world.credentials(), "Refused by postgresql: the name \"postgres\" is reserved")


@pytest.mark.parametrize("status", [
    refusal(1000, "creating"), "", "[]", "{}", "not json", "[1, null, \"x\"]", "[{}]",
    '[{"code": "4001", "message": "x"}]', "[" * 40])
def test_what_is_no_refusal_is_waited_for(world, status):
    world.answer(world.relate(), status=status)
    assert world.status == WAITING


def test_a_refusal_without_a_message_is_still_one(world):
    world.answer(world.relate(), status='[{"code": 5000}]')
    assert world.status == ("blocked", "Refused by postgresql: no reason given")


def test_a_refused_request_is_sent_again_when_its_cause_changes(world):
    relation = world.relate()
    world.answer(relation, status=refusal(5000, "reserved"))
    world.configure(database_name="fine", extra_user_roles="createdb")
    assert world.sent(relation) == {"database": "fine", "extra-user-roles": "createdb"}
    world.configure(extra_user_roles=None)
    assert world.sent(relation) == {"database": "fine"}
    world.answer(relation, status=None)
    assert world.status == WAITING
    world.grant(relation, database="fine")
    assert world.status == ACTIVE


def test_a_pending_request_is_not_changed(world):
    relation = world.relate()
    world.configure(database_name="other")
    assert world.sent(relation) == {"database": "test-database"}
    assert world.status == WAITING
    world.grant(relation)
    assert world.status == ("blocked", "To change database name: test-database, please remove "
                                       "relation and add it again")


def test_a_changed_name_blocks_softly_and_setting_it_back_undoes_it(world):
    relation = world.relate()
    world.grant(relation)
    world.configure(database_name="other")
    assert world.status == ("blocked", "To change database name: test-database, please remove "
                                       "relation and add it again")
    assert world.sent(relation) == {"database": "test-database"}
    assert world.credentials().results["postgresql"]["username"] == "relation-1"
    world.configure(database_name="test-database")
    assert world.status == ACTIVE


def test_clearing_the_name_with_a_topic_set_is_a_change_too(world):
    world.grant(world.relate())
    world.configure(database_name=None, topic_name="t")
    assert world.status == ("blocked", "To change database name: test-database, please remove "
                                       "relation and add it again")


def test_clearing_all_names_asks_for_one(world):
    world.grant(world.relate())
    world.configure(database_name=None)
    assert world.status == ROW_3
    assert failed(world.credentials(),
                  "The database name or topic name is not specified in the config.")


def test_changed_roles_are_sent_and_the_name_stays(world):
    relation = world.relate()
    world.configure(extra_user_roles="createdb")
    assert world.sent(relation) == {"database": "test-database", "extra-user-roles": "createdb"}
    world.grant(relation)
    world.configure(extra_user_roles="admin", database_name="other")
    assert world.sent(relation) == {"database": "test-database", "extra-user-roles": "admin"}
    world.configure(extra_user_roles=None, database_name="test-database")
    assert world.sent(relation) == {"database": "test-database"}
    assert world.status == ACTIVE


def test_refused_roles_are_shown_and_the_credentials_stay(world):
    relation = world.relate()
    world.grant(relation)
    world.configure(extra_user_roles="boss")
    world.answer(relation, status=refusal(5000, "boss is not known"))
    assert world.status == ("blocked", "Refused by postgresql: boss is not known")
    assert world.credentials().results["postgresql"]["username"] == "relation-1"
    world.configure(extra_user_roles="admin", database_name="other")
    assert world.sent(relation) == {"database": "test-database", "extra-user-roles": "admin"}
    world.answer(relation, status=None)
    world.configure(database_name=None)
    world.configure(database_name="test-database")
    assert world.status == ACTIVE


@pytest.mark.parametrize("name, reason", [
    ("postgres", 'database name "postgres" is reserved'),
    ("template0", 'database name "template0" is reserved'),
    ("x" * 57, "the database name is 57 bytes long, at most 56 are possible"),
    ("two\nlines", "the database name has characters that are not text")])
def test_an_impossible_name_is_not_sent(world, name, reason):
    world.configure(database_name=name)
    relation = world.relate()
    expected = f"Please specify another database name for postgresql: {reason}"
    assert world.sent(relation) == {}
    assert world.status == ("blocked", expected)
    assert failed(world.credentials(), expected)
    world.configure(database_name="fine")
    assert world.sent(relation) == {"database": "fine"}
    assert world.status == WAITING
    world.grant(relation, database="fine")
    world.configure(database_name=name)
    assert world.status == ("blocked", "To change database name: fine, please remove relation "
                                       "and add it again")


def test_changed_roles_of_other_products_block_softly(world):
    relation = world.relate("mysql")
    world.grant(relation)
    world.configure(extra_user_roles="createdb")
    assert world.status == ROLES
    assert world.sent(relation) == {"database": "test-database"}
    world.configure(extra_user_roles=None)
    assert world.status == ACTIVE


def test_a_name_set_after_relating_is_sent_then(model):
    world = World(model, 2, {"topic-name": "t"})
    relation = world.relate()
    assert world.sent(relation) == {}
    assert world.status == ("blocked", "Please specify a database name for postgresql")
    assert failed(world.credentials(), "Please specify a database name for postgresql")
    world.configure(database_name="late", extra_user_roles="createdb")
    assert world.sent(relation) == {"database": "late", "extra-user-roles": "createdb"}
    assert world.status == WAITING


def test_removing_the_relation_shows_at_once(world):
    relation = world.relate()
    world.grant(relation)
    world.remove(relation)
    assert world.status == ROW_5
    for unit in world.app.units:
        broken = [c for c in unit.calls if c.event == "postgresql-relation-broken"]
        assert broken[-1].tool == "status-set"
        assert (broken[-1].args["status"], broken[-1].args["message"]) == ROW_5
    assert failed(world.credentials(),
                  "The action can be run only after relation is created.")


def test_removing_it_leaves_nothing_of_the_request_behind(world):
    relation = world.relate()
    world.remove(relation)
    peers = next(r for r in world.model.relations if world.app.name in r.ends)
    assert peers.is_peer and dict(peers.app_bags[world.app.name]) == {}


def test_relating_again_asks_again(world):
    first = world.relate()
    world.grant(first)
    world.remove(first)
    world.configure(database_name="second")
    again = world.relate()
    assert world.sent(again) == {"database": "second"}
    assert world.status == WAITING
    world.grant(again, database="second", username="relation-2", password="new")
    assert world.status == ACTIVE
    assert world.credentials().results["postgresql"]["password"] == "new"


def test_relating_again_before_the_old_relation_is_gone_asks_in_the_new_one(world):
    first = world.relate()
    world.grant(first)
    world.model.remove_relation(first)
    again = world.relate()
    assert world.sent(again) == {"database": "test-database"}
    assert world.status == WAITING


def test_several_products_give_one_mapping_each(model):
    world = World(model, config={"database-name": "d", "topic-name": "t"})
    kafka, pg = world.relate("kafka"), world.relate("postgresql")
    assert world.sent(kafka) == {"topic": "t"}
    assert world.sent(pg) == {"database": "d"}
    world.grant(pg, database="d")
    assert world.status == ("waiting", "Waiting for kafka to provide the topic")
    assert set(world.credentials().results) == {"ok", "postgresql"}
    world.answer(kafka, topic="t", username="u", password="p")
    assert world.status == ACTIVE
    results = world.credentials().results
    assert set(results) == {"ok", "postgresql", "kafka"}
    assert results["kafka"] == {"topic": "t", "username": "u", "password": "p"}
    world.configure(topic_name="other")
    assert world.status == ("blocked",
                            "To change topic: t, please remove relation and add it again")


@pytest.mark.parametrize("product", ["mongodb", "mysql", "postgresql", "zookeeper"])
def test_every_database_product_is_asked_for_the_database(model, product):
    world = World(model, config={"database-name": "d"})
    assert world.sent(world.relate(product)) == {"database": "d"}


def test_a_refusal_outweighs_what_is_only_late(model):
    world = World(model, config={"database-name": "d", "topic-name": "t"})
    kafka = world.relate("kafka")
    world.relate("postgresql")
    world.answer(kafka, status=refusal(4001, "quota"))
    assert world.status == ("blocked", "Refused by kafka: quota")


def test_of_two_that_are_late_the_first_by_name_is_shown(model):
    world = World(model, config={"database-name": "d"})
    world.relate("postgresql")
    world.relate("mysql")
    assert world.status == ("waiting", "Waiting for mysql to provide the database")


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_values_pass_unchanged(model, value):
    world = World(model, 2, {"database-name": value, "extra-user-roles": value})
    relation = world.relate("mysql")
    assert world.sent(relation) == {"database": value, "extra-user-roles": value}
    world.answer(relation, **{"database": value, "username": value, "password": value, value: value})
    assert world.status == ACTIVE
    assert world.credentials().results["mysql"] == {
        "database": value, "username": value, "password": value, value: value}
    world.configure(database_name="other")
    assert world.status == ("blocked", f"To change database name: {value}, please remove relation "
                                       "and add it again")


def test_a_new_leader_knows_what_was_sent(model):
    world = World(model, 2, {"database-name": "d"})
    relation = world.relate()
    world.app.leader = world.app[1]
    world.configure(database_name="other")
    assert world.sent(relation) == {"database": "d"}
    world.grant(relation, database="d")
    assert world.status == ("blocked",
                            "To change database name: d, please remove relation and add it again")


def test_a_unit_that_comes_late_agrees(model):
    world = World(model, 1, {"database-name": "d"})
    world.grant(world.relate("mysql"), database="d")
    world.configure(extra_user_roles="createdb")
    world.app.add_unit()
    model.settle()
    assert world.status == ROLES


def test_hooks_may_run_twice(world):
    relation = world.relate()
    world.grant(relation)
    before = (world.sent(relation), relation.app_bags[world.app.name].version, world.status)
    for unit in world.app.units:
        for name in list(dict.fromkeys(unit.hooks)):
            if "broken" in name:
                continue
            fields = {"relation": relation.hook_id(world.app.name), "endpoint": "postgresql",
                      "remote_app": "postgresql"} if name.startswith("postgresql") else {}
            assert unit.hook(name, **fields).ok
    world.model.settle()
    assert (world.sent(relation), relation.app_bags[world.app.name].version,
            world.status) == before


@pytest.mark.parametrize("tool", ["config-get", "is-leader", "relation-ids", "relation-app",
                                  "relation-get", "relation-set", "status-set"])
def test_a_failing_hook_tool_fails_the_hook_and_changes_nothing(model, tool):
    world = World(model, config={"database-name": "d"})
    provider = model.deploy(None, name="postgresql")
    relation = model.relate(provider, "database", world.app, "postgresql")
    model.faults[tool] = {"error": {"code": "unavailable", "message": "out of order", "hint": ""}}
    unit = world.app[0]
    name, fields, _note = unit.next_event()
    assert name == "postgresql-relation-created"
    result = unit.hook(name, **fields)
    assert not result.ok
    assert result.message == f"{tool}: out of order"
    assert world.sent(relation) == {}
    model.faults.clear()
    assert unit.hook(name, **fields).ok
    assert world.sent(relation) == {"database": "d"}


def test_no_password_is_printed(world):
    world.grant(world.relate())
    world.credentials()
    for unit in world.app.units:
        assert GRANT["password"] not in unit.output()
        assert not [c for c in unit.calls if c.tool == "juju-log" and GRANT["password"] in str(c)]


# ---- secrets ----

def test_sealed_credentials_look_like_plain_ones(world):
    relation = world.relate()
    uri = world.seal(relation, username=GRANT["username"], password=GRANT["password"])
    world.grant(relation, username=None, password=None, secret_user=uri)
    assert world.status == ACTIVE
    sealed = world.credentials().results
    world.grant(relation, secret_user=None)
    assert world.credentials().results == sealed
    assert sealed["postgresql"] == {k: v for k, v in GRANT.items() if k != "data"}


def test_a_secret_that_is_gone_is_waited_for(world):
    relation = world.relate()
    uri = world.seal(relation, username="u", password="p")
    world.grant(relation, username=None, password=None, secret_user=uri)
    assert world.status == ACTIVE
    world.model.secrets.clear()
    world.configure(topic_name="t")
    assert world.status == WAITING
    assert failed(world.credentials(), WAITING[1])


def test_another_secret_of_the_provider_is_shown_too(world):
    relation = world.relate()
    world.grant(relation, secret_tls=world.seal(relation, tls="False"))
    assert world.credentials().results["postgresql"]["tls"] == "False"


def test_a_change_of_the_secret_is_seen_by_the_next_action(world):
    relation = world.relate()
    uri = world.seal(relation, username="u", password="old")
    world.grant(relation, username=None, password=None, secret_user=uri)
    world.model.secrets[0].set({"username": "u", "password": "new"})
    assert world.credentials().results["postgresql"]["password"] == "new"


# ---- custom users and groups ----

PERMISSIONS = json.dumps([{"resource_type": "TABLE", "resource_name": "t",
                           "privileges": ["SELECT"]}])


def test_a_custom_user_is_asked_for_and_shown(world):
    world.configure(entity_type="USER", entity_permissions=PERMISSIONS)
    relation = world.relate()
    assert world.sent(relation) == {"database": "test-database", "entity-type": "USER",
                                    "entity-permissions": PERMISSIONS}
    uri = world.seal(relation, entity_name="relation-1", entity_password="p")
    world.answer(relation, database="test-database", secret_entity=uri, endpoints="h:1")
    assert world.status == ACTIVE
    assert world.credentials().results["postgresql"] == {
        "database": "test-database", "endpoints": "h:1", "entity-name": "relation-1",
        "entity-password": "p"}


def test_a_group_has_a_name_only(world):
    world.configure(entity_type="GROUP", extra_group_roles="charmed_read")
    relation = world.relate()
    assert world.sent(relation) == {"database": "test-database", "entity-type": "GROUP",
                                    "extra-group-roles": "charmed_read"}
    world.answer(relation, database="test-database", entity_name="relation-1")
    assert world.status == ACTIVE


def test_permissions_change_while_related_and_the_type_does_not(world):
    world.configure(entity_type="USER", entity_permissions=PERMISSIONS)
    relation = world.relate()
    world.answer(relation, entity_name="relation-1", entity_password="p")
    world.configure(entity_permissions=None)
    assert world.sent(relation) == {"database": "test-database", "entity-type": "USER"}
    assert world.status == ACTIVE
    world.configure(entity_type=None)
    assert world.status == ROLES
    assert world.sent(relation)["entity-type"] == "USER"
    assert world.credentials().results["ok"] == "True"
    world.configure(entity_type="USER")
    assert world.status == ACTIVE


def test_a_refused_type_is_asked_for_anew_when_it_changes(world):
    world.configure(entity_type="GROUP")
    relation = world.relate()
    world.answer(relation, status=refusal(5000, "no groups here"))
    assert world.status == ("blocked", "Refused by postgresql: no groups here")
    world.configure(entity_type="USER")
    assert world.sent(relation)["entity-type"] == "USER"


@pytest.mark.parametrize("options, why", [
    ({"entity_type": "ROBOT"}, 'entity type "ROBOT" is not known; possible are: USER, GROUP'),
    ({"entity_permissions": PERMISSIONS},
     "entity-permissions needs the entity type USER or GROUP"),
    ({"entity_type": "USER", "extra_group_roles": "x"},
     "extra-group-roles needs the entity type GROUP"),
    ({"entity_type": "GROUP", "extra_user_roles": "x"},
     "extra-user-roles needs the entity type USER, or none"),
    ({"entity_type": "USER", "entity_permissions": '[{"resource_name": "t"}]'},
     "entity-permissions is not a JSON list of {resource_name, resource_type, privileges}"),
])
def test_options_that_do_not_go_together_are_not_sent(world, options, why):
    world.configure(**options)
    relation = world.relate()
    assert world.status == ("blocked", f"Please correct the options: {why}")
    assert world.sent(relation) == {}
    world.configure(**dict.fromkeys(options))
    assert world.sent(relation) == {"database": "test-database"}
    assert world.status == WAITING
    world.grant(relation)
    world.configure(**options)
    assert world.status[0] == "blocked"
    assert world.sent(relation) == {"database": "test-database"}
    assert world.credentials().results["ok"] == "True"
