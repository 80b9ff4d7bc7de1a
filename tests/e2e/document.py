# SPDX-License-Identifier: Apache-2.0
"""docs/openapi.yaml, and what of a value is not as it says."""
import yaml

from harness import ROOT

DOCUMENT = yaml.safe_load((ROOT / "docs/openapi.yaml").read_text())
TYPES = {"string": [str], "integer": [int], "number": [int, float],
         "boolean": [bool], "array": [list], "object": [dict]}
KNOWN = {"type", "description", "enum", "items", "properties", "required",
         "additionalProperties", "oneOf", "nullable"}


def schema_named(name):
    return DOCUMENT["components"]["schemas"][name]


def faults(value, schema, where="answer"):
    """What of a value is not as its schema says, as texts."""
    if "$ref" in schema:
        return faults(value, schema_named(schema["$ref"].rsplit("/", 1)[1]), where)
    assert set(schema) <= KNOWN, f"{set(schema) - KNOWN} would not be checked"
    if value is None and schema.get("nullable"):
        return []
    if "oneOf" in schema:
        tries = [faults(value, one, where) for one in schema["oneOf"]]
        return [] if [] in tries else sum(tries, [])
    if "type" not in schema:
        return []
    if type(value) not in TYPES[schema["type"]]:
        return [f"{where}: {value!r} is not of type {schema['type']}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{where}: {value!r} is none of {schema['enum']}"]
    found = []
    if isinstance(value, list):
        for i, item in enumerate(value):
            found += faults(item, schema["items"], f"{where}[{i}]")
    if isinstance(value, dict):
        found += faults_within(value, schema, where)
    return found


def faults_within(value, schema, where):
    found = [f"{where}: {key} is missing"
             for key in schema.get("required", []) if key not in value]
    for key, item in value.items():
        inner = schema.get("properties", {}).get(
            key, schema["additionalProperties"])
        if inner is not True:
            found += faults(item, inner, f"{where}.{key}") if inner else \
                [f"{where}: {key} is not described"]
    return found
