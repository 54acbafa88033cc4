#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks many files against one schema: validate_descriptions.py KIND FILE... Fails where one is invalid."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "reports"))
import validate_schema  # noqa: E402

if __name__ == "__main__":
    sys.exit(max(validate_schema.main(file, sys.argv[1]) for file in sys.argv[2:]))
