#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The HTML report as a browser meets it: headless Chromium opens what the program named on the command line writes.

Charts are drawn, nothing is said on the console, nothing goes to the network, and hostile names stay text. Without
Chromium it skips with a message, unless CI=true asks for everything.
"""

import html.parser
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

PROGRAM = pathlib.Path(sys.argv.pop(1)).resolve()
GOLDEN = pathlib.Path(__file__).resolve().parent / "golden"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
LONGEST_CALL = 120  # seconds; a browser that hangs fails its test
HOSTILE = "</script><img src=http://tracker.invalid/x onerror=\"document.title='owned'\"><script>alert(1)</script>\u202e\x1b[2J"
FREE_TEXTS = {"reason", "binds", "basis", "name", "cpu_model", "configuration", "started", "suite", "place", "meaning"}


class Page(html.parser.HTMLParser):
    """The elements of a document and their attributes."""

    def __init__(self, text):
        super().__init__()
        self.elements = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


def with_hostile_texts(value, key=""):
    """The same report with HOSTILE in every text that no reader checks."""
    if isinstance(value, dict):
        return {name: with_hostile_texts(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [HOSTILE if key == "findings" and isinstance(each, str) else with_hostile_texts(each, key)
                for each in value]
    return HOSTILE if key in FREE_TEXTS and isinstance(value, str) else value


class BrowserTest(unittest.TestCase):
    def setUp(self):
        if CHROMIUM is None:
            if os.environ.get("CI") == "true":
                self.fail("no Chromium: install chromium or run scripts/setup")
            self.skipTest("no Chromium here: install chromium or run scripts/setup")
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def write(self, report):
        source = self.folder / "report.json"
        source.write_text(json.dumps(report), encoding="utf-8")
        page = self.folder / "report.html"
        subprocess.run([PROGRAM, "report", source, "--out", page], check=True, timeout=LONGEST_CALL)
        return page

    def open(self, page):
        """The document after its scripts have run, the console's lines, and the addresses that were asked for."""
        log = self.folder / "net.json"
        command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
                   "--disable-component-update", "--no-first-run", f"--user-data-dir={self.folder / 'profile'}",
                   "--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr", f"--log-net-log={log}",
                   "--virtual-time-budget=10000", "--window-size=1280,1000", "--dump-dom", page.as_uri()]
        done = subprocess.run(command, capture_output=True, check=True, timeout=LONGEST_CALL)
        console = [line for line in done.stderr.decode(errors="replace").splitlines() if "CONSOLE" in line]
        return done.stdout.decode(), console, log.read_text(encoding="utf-8", errors="replace")

    def report(self):
        return json.loads((GOLDEN / "report_fail.json").read_text(encoding="utf-8"))

    def test_draws_every_chart_without_a_word_on_the_console(self):
        document, console, _ = self.open(self.write(self.report()))
        canvases = Page(document).all("canvas")
        if "built without Chart.js" in document:
            self.skipTest("this Muster was built without Chart.js")
        self.assertGreater(len(canvases), 0)
        self.assertEqual([each.get("data-drawn") for each in canvases], ["yes"] * len(canvases))
        self.assertTrue(all(each.get("aria-label") and int(each["width"]) > 100 for each in canvases), canvases)
        self.assertEqual(console, [])

    def test_hostile_names_stay_text(self):
        hostile = with_hostile_texts(self.report())
        del hostile["plan_hash"]
        document, console, network = self.open(self.write(self.with_own_hash(hostile)))
        page = Page(document)
        self.assertEqual(page.all("img"), [])
        self.assertIn("&lt;/script&gt;&lt;img", document)
        self.assertNotIn("<title>owned", document)
        self.assertEqual([name for name, attributes in page.elements if any(key.startswith("on") for key in attributes)], [])
        self.assertEqual(console, [])
        self.assertNotIn("tracker.invalid", network)

    def test_asks_for_nothing_but_the_file_itself(self):
        page = self.write(self.report())
        _, _, network = self.open(page)
        asked = set(re.findall(r'"url":"((?:https?|wss?|ftp)://[^"]*)"', network))
        own = {address for address in asked if re.search(r"//([\w.-]+\.)?(google|googleapis|gvt1)\.com[/:]", address)}
        self.assertEqual(asked - own, set())  # `own`: what this browser asks of its maker whatever page it shows

    def test_its_security_policy_stops_a_script_that_got_in(self):
        page = self.write(self.report())
        text = page.read_text(encoding="utf-8")
        page.write_text(text.replace("</main>", "<script>document.title = 'owned'</script></main>"), encoding="utf-8")
        document, console, _ = self.open(page)
        self.assertNotIn("<title>owned", document)
        self.assertTrue(any("Content Security Policy" in line for line in console), console)

    def with_own_hash(self, report):
        """The hash that the program says it expects, so that texts of the plan may be hostile too."""
        source = self.folder / "report.json"
        source.write_text(json.dumps({**report, "plan_hash": "0"}), encoding="utf-8")
        done = subprocess.run([PROGRAM, "report", source], capture_output=True, text=True, check=False,
                              timeout=LONGEST_CALL)
        found = re.search(r"does not match the rows \((\w+)\)", done.stderr)
        self.assertIsNotNone(found, done.stderr)
        return {**report, "plan_hash": found[1]}


if __name__ == "__main__":
    unittest.main()
