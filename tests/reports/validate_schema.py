#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks a file against the JSON Schema of its kind: validate_schema.py FILE plan|run|report|targets|cluster.

Prints "valid" or "invalid: WHERE: WHY" and exits with 0 or 1. A run is checked line by line.
"""

import json
import pathlib
import sys

import jsonschema

SCHEMAS = pathlib.Path(__file__).resolve().parents[2] / "reports" / "schema"


def strict(text):
    """NaN and Infinity, which Python's reader would accept, are no JSON."""

    def refuse(word):
        raise ValueError(f"{word} is no JSON")

    return json.loads(text, parse_constant=refuse)


def documents(path, kind):
    """Pairs of place and document."""
    text = path.read_text(encoding="utf-8")
    if kind != "run":
        return [(path.name, strict(text))]
    return [(f"{path.name}:{number}", strict(line)) for number, line in enumerate(text.splitlines(), 1)]


def main(file, kind):
    schema = json.loads((SCHEMAS / f"{kind}.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    try:
        found = documents(pathlib.Path(file), kind)
    except ValueError as error:
        print(f"invalid: {file}: {error}")
        return 1
    for place, document in found:
        error = jsonschema.exceptions.best_match(validator.iter_errors(document))
        if error is not None:
            print(f"invalid: {place}: {error.json_path}: {error.message[:200]}")
            return 1
    print(f"valid: {len(found)} documents")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
