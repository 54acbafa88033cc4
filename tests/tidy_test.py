#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Keeps the habits of this code base: reads every file that git would track and names each breach as path:line.

The first class breaks each rule once in a small tree of its own and sees it found; the second reads this repository.
"""

import pathlib
import re
import subprocess
import tempfile
import unittest

LONGEST_FUNCTION = 70  # lines, from the first line of the signature to the closing brace
LONGEST_FILE = 420  # lines
LONGEST_LINE = 120  # columns, as .clang-format has it
LONGEST_FILE_COMMENT = 5  # lines after the SPDX line

CLEAN = "// SPDX-License-Identifier: Apache-2.0\n"  # the least that a C++ source has
SPDX = "SPDX-License-Identifier: Apache-2.0"
CPP = {".cpp", ".hpp", ".cu", ".cuh"}
HEADERS = {".hpp", ".cuh"}

# Who may include whom, besides itself: docs/architecture.md draws it.
ARROWS = {
    "core": set(),
    "kernels": {"core"},
    "topology": {"core"},
    "collectives": {"core", "topology"},
    "reports": {"core", "topology"},
    "training": {"core", "topology", "collectives", "reports"},
    "benchmarks": {"core", "topology", "collectives", "kernels", "reports", "training"},
}
ALL_FOLDERS = set(ARROWS) | {"cli"}
ARROWS["cli"] = ALL_FOLDERS
ARROWS["tests"] = ALL_FOLDERS

BANNED_NAME = re.compile(r"(^|_)(utils?|helpers?|common|managers?|misc)(_|$)")
BANNED_CODE = {
    re.compile(r"\bstd::(format|expected)\b"): "is not in GCC 12's C++20",
    re.compile(r"^[ \t]*#\s*(?:el)?ifn?(?:def)?\b.*\bMUSTER_", re.MULTILINE): "choose by which source file is linked, not by the preprocessor",
    re.compile(r"\busing\s+namespace\s+std\b"): "write std:: in full",
}
BANNED_TEXT = {
    re.compile(r"(?<![\w.*}])/(work|root|home)/"): "names a path of one machine",
    re.compile(r"https?://([\w-]+\.)*(debian|pypi|pythonhosted|npmjs|crates|golang|docker|anaconda)\.\w+"):
        "names a package registry's host",
    re.compile(r"\b(TO[D]O|FIX[M]E)\b"): "is no place for plans",
}
BOOL_PARAMETER = re.compile(r"[(,]\s*(const\s+)?bool\s+(?!condition\b)\w+\s*[,)=]")
# What opens a brace at file level and is no function: a type, a namespace, a table of values.
CONTAINER = re.compile(r"(^|\s)(namespace|class|struct|union|enum)\s[^()]*(\{|$)|[=(]\s*$|\breturn\s*$|^\s*,")
TEST_NAME = re.compile(r"^TEST(?:_F|_P)?\(\w+,\s*(\w+)\)", re.MULTILINE)

# Everything whose inside must not be taken for code. Numbers come first: 1'000 opens no character.
NOT_CODE = re.compile(
    r"""(?P<number>\b\d[\w'.]*)
    |(?P<raw>R"(?P<mark>[^()\\\s]*)\(.*?\)(?P=mark)")
    |(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    |(?P<comment>//[^\n]*|/\*.*?\*/)""",
    re.DOTALL | re.VERBOSE)


def code_of(text):
    """The same lines without comments and without what literals hold; include paths stay."""

    def blank(match):
        if match["number"]:
            return match[0]
        return ("" if match["comment"] else '""') + "\n" * match[0].count("\n")

    lines = []
    for line in text.split("\n"):
        lines.append(line.replace('"', "\0") if line.lstrip().startswith("#include") else line)
    return NOT_CODE.sub(blank, "\n".join(lines)).replace("\0", '"')


def functions_of(code):
    """(first line, number of lines) of each outermost function longer than a line in `code`, as code_of() gives it."""
    code = re.sub(r"^[ \t]*#(?:.*\\\n)*.*", lambda found: "\n" * found[0].count("\n"), code, flags=re.MULTILINE)
    # Pairs within one line are initialisers and short bodies; without them, a head ends at the brace of its body.
    count = 1
    while count:
        code, count = re.subn(r"\{([^{}\n]*)\}", r" \1 ", code)
    functions = []
    open_starts = []  # of each open brace: the first line of its function, or None where it opens something else
    head_start = 0
    for brace in re.finditer(r"[{};]", code):
        head = code[head_start:brace.start()]
        head_start = brace.end()
        if brace[0] == "{":
            is_function = not any(open_starts) and "(" in head and not CONTAINER.search(head)
            first = brace.start() - len(head.lstrip())
            open_starts.append(code.count("\n", 0, first) + 1 if is_function else None)
        elif brace[0] == "}" and open_starts:
            start = open_starts.pop()
            if start:
                functions.append((start, code.count("\n", 0, brace.start()) + 2 - start))
    return functions


def tracked_files(root):
    """Paths of the files that belong to the repository, also where it was unpacked without its history."""
    command = ["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, check=False)
    if listed.returncode == 0:
        names = sorted(set(listed.stdout.decode().split("\0")))
        return [root / name for name in names if name and (root / name).is_file()]
    return sorted(path for path in root.rglob("*")
                  if path.is_file() and path.relative_to(root).parts[0] not in (".git", "build"))


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def breaches_of_any_file(path, text):
    for part in pathlib.PurePath(path).parts:
        if BANNED_NAME.search(pathlib.PurePath(part).stem):
            yield 1, "has a name that says nothing about what it holds"
    for pattern, reason in BANNED_TEXT.items():
        for found in pattern.finditer(text):
            yield line_of(text, found.start()), f"{found[0]} {reason}"


def breaches_of_source(path, text):
    lines = text.splitlines()
    first = 1 if lines and lines[0].startswith("#!") else 0
    if len(lines) <= first or SPDX not in lines[first]:
        yield first + 1, f"the first line of a source is its licence: {SPDX}"
    if len(lines) > LONGEST_FILE:
        yield LONGEST_FILE + 1, f"has {len(lines)} lines, more than {LONGEST_FILE}"


def breaches_of_cpp(path, text):
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        if len(line) > LONGEST_LINE:
            yield number, f"has {len(line)} columns, more than {LONGEST_LINE}"
    comment = next((i for i, line in enumerate(lines[1:]) if not line.startswith("//")), len(lines) - 1)
    if comment > LONGEST_FILE_COMMENT:
        yield 2, f"the file comment has {comment} lines, more than {LONGEST_FILE_COMMENT}"
    code = code_of(text)
    for pattern, reason in BANNED_CODE.items():
        for found in pattern.finditer(code):
            yield line_of(code, found.start()), f"{found[0].strip()}: {reason}"
    for first, length in functions_of(code):
        if length > LONGEST_FUNCTION:
            yield first, f"the function has {length} lines, more than {LONGEST_FUNCTION}"
    for found in TEST_NAME.finditer(code):
        if len(re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+", found[1])) < 3:
            yield line_of(code, found.start()), f"a test's name is a sentence; {found[1]} is none"
    yield from breaches_of_arrows(path, code)


def breaches_of_arrows(path, code):
    folder = pathlib.PurePath(path).parts[0]
    for found in re.finditer(r'^[ \t]*#\s*include\s+"([^"]+)"', code, re.MULTILINE):
        target = found[1].split("/")[0]
        if target not in ARROWS:
            yield line_of(code, found.start()), f"{found[1]}: an include starts with the folder, so that it shows its arrow"
        elif target != folder and target not in ARROWS.get(folder, set()):
            yield line_of(code, found.start()), f"{folder}/ must not include {found[1]}"


def breaches_of_header(path, text):
    lines = text.splitlines()
    if len(lines) < 2 or not lines[1].startswith("// "):
        yield 2, "a header begins by saying what it is"
    code = code_of(text)
    if "#pragma once" not in lines:
        yield 1, "a header has #pragma once"
    for found in BOOL_PARAMETER.finditer(code):
        yield line_of(code, found.start()), "a parameter of type bool says nothing at the call; make it an enum class"


def names_of_header(path, text):
    """(namespace and name) -> place of each type and constant that a header defines outside of types and functions."""
    code = code_of(text)
    namespace = re.search(r"^namespace ([\w:]+) \{", code, re.MULTILINE)
    if namespace is None:
        return {}
    types = r"^(?:struct|class|enum class) (\w+)(?: final)?(?: : [^;{]*)? \{"
    constants = r"^inline (?:constexpr|const) [^=({;]*?\b(k[A-Z]\w*)\b"
    return {(namespace[1], found[1]): (path, line_of(code, found.start()))
            for pattern in (types, constants) for found in re.finditer(pattern, code, re.MULTILINE)}


def breaches_of_unique_names(headers):
    """Two things of one name in two headers are one to the linker, which takes the code or value of either for both."""
    seen = {}
    for path, text in headers:
        for name, place in names_of_header(path, text).items():
            first = seen.setdefault(name, place)
            if first != place:
                yield f"{place[0]}:{place[1]}: {'::'.join(name)} is defined in {first[0]} too; rename one of them"


def breaches(root):
    """Every breach in the tree `root` as "path:line: what"."""
    found = []
    headers = []
    for file in tracked_files(root):
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        path = file.relative_to(root).as_posix()
        rules = [breaches_of_any_file]
        if file.suffix in CPP | {".py", ".cmake", ".sh", ".sbatch"} or file.name == "CMakeLists.txt" or text[:2] == "#!":
            rules.append(breaches_of_source)
        if file.suffix in CPP:
            rules.append(breaches_of_cpp)
        if file.suffix in HEADERS:
            rules.append(breaches_of_header)
            headers.append((path, text))
        found += [f"{path}:{line}: {what}" for rule in rules for line, what in rule(path, text)]
    found += breaches_of_unique_names(headers)
    return found


class EachRuleFindsItsBreach(unittest.TestCase):
    def found_in(self, path, text):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            return breaches(pathlib.Path(folder))

    def expect_none(self, path, text):
        self.assertEqual(self.found_in(path, text), [])

    def expect_one(self, where, what, text, path="kernels/sum.cpp"):
        found = self.found_in(path, text)
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(f"{path}:{where}: "), found)
        self.assertIn(what, found[0])

    def test_a_source_without_a_licence_line(self):
        self.expect_one(1, "licence", "int x;\n")
        self.expect_one(1, "licence", "", path="core/CMakeLists.txt")
        self.expect_one(2, "licence", "#!/bin/sh\ntrue\n", path="scripts/go")
        self.expect_none("scripts/go", f"#!/bin/sh\n# {SPDX}\ntrue\n")

    def test_a_file_and_a_function_that_are_too_long(self):
        self.expect_none("core/a.cpp", CLEAN + "int x;\n" * (LONGEST_FILE - 1))
        self.expect_one(LONGEST_FILE + 1, "lines", CLEAN + "int x;\n" * LONGEST_FILE)
        self.expect_none("core/a.cpp", CLEAN + "int f() {\n" + "  g();\n" * (LONGEST_FUNCTION - 2) + "}\n")
        self.expect_one(2, "function", CLEAN + "int f() {\n" + "  g();\n" * (LONGEST_FUNCTION - 1) + "}\n")

    def test_long_functions_in_every_shape_and_nothing_that_only_looks_like_one(self):
        body = "  if (a) {\n" + "  g(1'000, '{', \"}\");  // {\n" * LONGEST_FUNCTION + "  }\n"
        for head in ("void A::f() const noexcept {", "A::A(int x) : x_{x}, y_(1) {", "TEST(A, b_c_d) {",
                     "auto f() -> std::vector<int> {", "template <typename T>\nstatic int f(T a,\n             int b) {"):
            self.expect_one(6, "function", CLEAN + "namespace a {\nclass B {\n  int c = 1'000;\n  int d();\n" +
                            head + "\n" + body + "}\n};\n}\n")
        for head in ("namespace a {", "class A : public B {", "enum class A {", "const auto kTable = std::array<A, 3>{"):
            self.expect_none("core/a.cpp", CLEAN + head + "\n" + "  g({1, 2});\n" * LONGEST_FUNCTION + "}\n")

    def test_a_file_comment_that_is_an_essay(self):
        self.expect_none("core/a.cpp", CLEAN + "// Why.\n" * LONGEST_FILE_COMMENT)
        self.expect_one(2, "file comment", CLEAN + "// Why.\n" * (LONGEST_FILE_COMMENT + 1))

    def test_a_line_that_is_too_long(self):
        self.expect_one(2, "columns", CLEAN + "// " + "x" * LONGEST_LINE + "\n")

    def test_an_include_against_the_arrows(self):
        for folder in ARROWS:
            for target in ARROWS:
                text = CLEAN + f'#include "{target}/a.hpp"\n'
                if target == folder or target in ARROWS[folder]:
                    self.expect_none(f"{folder}/a.cpp", text)
                else:
                    self.expect_one(2, "must not include", text, path=f"{folder}/a.cpp")
        for folder, target in (("core", "topology"), ("collectives", "kernels"), ("reports", "collectives"),
                               ("benchmarks", "cli"), ("cli", "tests")):
            self.assertNotIn(target, ARROWS[folder])

    def test_an_include_that_hides_its_arrow(self):
        self.expect_one(2, "starts with the folder", CLEAN + '#include "sum.hpp"\n')
        self.expect_one(2, "starts with the folder", CLEAN + '#include "../core/sum.hpp"\n')

    def test_a_name_that_says_nothing(self):
        for name in ("util.cpp", "string_utils.cpp", "test_helper.cpp", "common.cpp", "rank_manager.cpp", "misc.cpp"):
            self.expect_one(1, "name", CLEAN, path=f"core/{name}")
        self.expect_one(1, "name", CLEAN, path="core/common/a.cpp")
        self.expect_none("core/utilisation.cpp", CLEAN)

    def test_code_that_is_banned_but_not_words_about_it(self):
        self.expect_one(2, "GCC 12", CLEAN + 'auto a = std::format("");\n')
        self.expect_one(2, "source file is linked", CLEAN + "#ifdef MUSTER_CUDA\n")
        self.expect_one(3, "source file is linked", CLEAN + "\n#if defined(MUSTER_CUDA)\n")
        self.expect_one(2, "in full", CLEAN + "using namespace std;\n")
        self.expect_none("core/a.cpp", CLEAN + '// std::format is not here\nauto a = "using namespace std";\n')

    def test_a_path_of_one_machine_and_a_registry(self):
        for folder in ("work", "root", "home"):
            self.expect_one(2, "one machine", f"a\nb /{folder}/x\n", path="docs/a.md")
        self.expect_none("docs/a.md", "a/home/b and ${HOME}/home/ and frame/root/x\n")
        self.expect_one(1, "registry", "see https" + "://files.pythonhosted.org/x\n", path="docs/a.md")

    def test_a_plan_in_the_code(self):
        self.expect_one(2, "plans", CLEAN + "// TO" + "DO: later\n")

    def test_a_header_without_guard_or_purpose_and_with_a_bool_parameter(self):
        good = CLEAN + "// What it is.\n#pragma once\n"
        self.expect_none("core/a.hpp", good + "bool f(int a);\nstruct A { bool b; };\n")
        self.expect_one(1, "pragma once", CLEAN + "// What it is.\n", path="core/a.hpp")
        self.expect_one(2, "what it is", CLEAN + "#pragma once\n", path="core/a.hpp")
        self.expect_one(4, "bool", good + "int f(int a, bool fast);\n", path="core/a.hpp")

    def test_two_types_of_one_name_in_two_headers(self):
        one = "namespace muster {\nstruct Way {\n  int a;\n};\n}  // namespace muster\n"
        other = "namespace muster {\nenum class Way { in, out };\nclass Sum final : public Way {\n};\n}\n"
        found = list(breaches_of_unique_names([("core/a.hpp", one), ("core/b.hpp", other)]))
        self.assertEqual(found, ["core/b.hpp:2: muster::Way is defined in core/a.hpp too; rename one of them"])
        self.assertEqual(list(breaches_of_unique_names([("core/a.hpp", one), ("k/b.hpp", one.replace("muster", "x"))])), [])

    def test_two_constants_of_one_name_in_two_headers(self):
        one = "namespace muster {\ninline constexpr Bytes kMost{1};\n}  // namespace muster\n"
        other = "namespace muster {\ninline constexpr std::array<int, 2> kMost = {1, 2};\n}  // namespace muster\n"
        found = list(breaches_of_unique_names([("core/a.hpp", one), ("k/b.hpp", other)]))
        self.assertEqual(found, ["k/b.hpp:2: muster::kMost is defined in core/a.hpp too; rename one of them"])

    def test_a_test_whose_name_is_no_sentence(self):
        self.expect_one(2, "sentence", CLEAN + "TEST(Sum, Is_exact) {}\n", path="tests/core/a_test.cpp")
        self.expect_none("tests/core/a_test.cpp", CLEAN + "TEST(Sum, IsExactHere) {}\nTEST_F(Sum, Is_exact_here) {}\n")


class ThisRepository(unittest.TestCase):
    def test_keeps_every_habit(self):
        found = breaches(pathlib.Path(__file__).resolve().parent.parent)
        self.assertEqual(found, [], "\n" + "\n".join(found))


if __name__ == "__main__":
    unittest.main()
