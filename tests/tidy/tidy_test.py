#!/usr/bin/env python3
"""The rules of the house that a compiler does not check. Prints file:line for each breach; exit code 1 if there is one.

    tidy_test.py DIRECTORY    checks the sources below
    tidy_test.py --self       checks the checker, against trees made up to break each rule
"""

import pathlib
import re
import sys
import tempfile
import unittest

LAYERS = ["events", "core", "projections", "server", "bench"]  # an include never points from an earlier to a later one
FREE = ["tests"]  # may include anything, and is otherwise held to the same rules
SOURCES = {".h", ".cpp"}
OTHERS = {".fbs", ".toml", ".cmake", ".py", ".md", ".json", ".txt", ".yaml", ".yml", ""}
NOT_OURS = {"LICENSE", ".git", "compile_commands.json", "CMakeUserPresets.json"}
MAX_COLUMNS = 120
MAX_LINES = 950

# Libraries that stay in one place: beginning of the include -> where it may be.
STORES = r"core/.*|projections/store\w*\.(h|cpp)|bench/.*|tests/.*"
HTTP = r"server/.*|bench/.*|tests/.*"
CONFINED = {"rocksdb/": STORES, "boost/asio": HTTP, "boost/beast": HTTP}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
# Assembled, so that this file does not break its own rules.
PERSONAL_PATH = re.compile("/" + r"(home|work|root|Users)/[\w.-]")
UNFINISHED = re.compile(r"\b(" + "TO" + "DO|FIX" + "ME|X" + r"XX)\b")


class Checker:
    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.findings = []

    def report(self, file, line, what):
        self.findings.append(f"{file.relative_to(self.root).as_posix()}:{line}: {what}")

    def run(self):
        for file in sorted(self.files()):
            text = file.read_text(encoding="utf-8")
            lines = text.splitlines()
            self.check_any(file, lines)
            if file.suffix in SOURCES:
                self.check_source(file, lines)
            if file.suffix == ".h":
                self.check_header(file, lines)
        return self.findings

    def files(self):
        for folder in LAYERS + FREE + ["cmake", ".ci"]:
            for file in (self.root / folder).rglob("*"):
                known = file.suffix in SOURCES or file.suffix in OTHERS
                if file.is_file() and known and not self.is_data(file):
                    yield file
        for file in self.root.iterdir():
            if file.is_file() and file.suffix in OTHERS and file.name not in NOT_OURS:
                yield file

    def is_data(self, file):
        parts = file.relative_to(self.root).parts
        return "__pycache__" in parts or "golden" in parts or "data" in parts

    def check_any(self, file, lines):
        for number, line in enumerate(lines, 1):
            if PERSONAL_PATH.search(line):
                self.report(file, number, "a path of one person's machine")
            if UNFINISHED.search(line):
                self.report(file, number, "unfinished: do it, or say in the documents that it is not there")
            if "\t" in line:
                self.report(file, number, "a tab")

    def check_source(self, file, lines):
        if len(lines) > MAX_LINES:
            self.report(file, len(lines), f"{len(lines)} lines; {MAX_LINES} at most")
        for number, line in enumerate(lines, 1):
            if len(line) > MAX_COLUMNS:
                self.report(file, number, f"{len(line)} columns; {MAX_COLUMNS} at most")
            found = INCLUDE.match(line)
            if found:
                self.check_include(file, number, found.group(1) == '"', found.group(2))

    def check_include(self, file, number, ours, target):
        path = file.relative_to(self.root).as_posix()
        for library, places in CONFINED.items():
            if target.startswith(library) and not re.fullmatch(places, path):
                self.report(file, number, f"{target} is included outside its layer")
        if not ours:
            return
        if "/" not in target:
            if (file.parent / target).exists():
                self.report(file, number, f"{target}: name it from the root, {file.parent.name}/{target}")
            return  # generated
        if not (self.root / target).is_file():
            self.report(file, number, f"{target}: no such file below the root")
        own, other = path.split("/")[0], target.split("/")[0]
        if own in LAYERS and other in FREE:
            self.report(file, number, f"{own} includes {target}, of the tests")
        # The one program holds every command, so main alone may look up to the bench.
        if own in LAYERS and other in LAYERS and path != "server/main.cpp" and LAYERS.index(other) > LAYERS.index(own):
            self.report(file, number, f"{own} includes {target}, from a layer above")

    def check_header(self, file, lines):
        if not lines or not lines[0].startswith("// "):
            self.report(file, 1, "a header begins with a comment that says what it is")
        if "#pragma once" not in lines:
            self.report(file, 1, "no #pragma once")


GOOD_HEADER = "// What it is.\n#pragma once\n"


class CheckerTest(unittest.TestCase):
    """Each rule, kept and broken."""

    def findings(self, files):
        with tempfile.TemporaryDirectory() as directory:
            for name, text in files.items():
                path = pathlib.Path(directory) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            return Checker(directory).run()

    def assert_found(self, files, place, words):
        found = self.findings(files)
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(place + ": "), found)
        self.assertIn(words, found[0])

    def test_a_good_tree_has_no_findings(self):
        self.assertEqual([], self.findings({
            "events/a.h": GOOD_HEADER,
            "core/b.h": GOOD_HEADER + '#include "events/a.h"\n#include <rocksdb/db.h>\n#include "made_generated.h"\n',
            "server/c.cpp": '#include "core/b.h"\n#include <boost/asio.hpp>\n',
            "server/main.cpp": '#include "bench/bench.h"\n',
            "bench/bench.h": GOOD_HEADER + '#include "server/d.h"\n',
            "server/d.h": GOOD_HEADER,
            "tests/core/b_test.cpp": '#include "bench/bench.h"\n#include <rocksdb/db.h>\n',
        }))

    def test_an_include_that_points_up_is_found(self):
        files = {"core/a.h": GOOD_HEADER, "events/b.cpp": '\n#include "core/a.h"\n'}
        self.assert_found(files, "events/b.cpp:2", "from a layer above")

    def test_an_include_of_the_tests_is_found(self):
        files = {"tests/a.h": GOOD_HEADER, "core/b.cpp": '#include "tests/a.h"\n'}
        self.assert_found(files, "core/b.cpp:1", "of the tests")

    def test_only_main_looks_up_to_the_bench(self):
        files = {"bench/a.h": GOOD_HEADER, "server/b.cpp": '#include "bench/a.h"\n'}
        self.assert_found(files, "server/b.cpp:1", "from a layer above")

    def test_an_include_beside_the_file_is_found(self):
        files = {"core/a.h": GOOD_HEADER, "core/b.cpp": '#include "a.h"\n'}
        self.assert_found(files, "core/b.cpp:1", "name it from the root, core/a.h")

    def test_an_include_of_nothing_is_found(self):
        self.assert_found({"core/b.cpp": '#include "core/gone.h"\n'}, "core/b.cpp:1", "no such file")

    def test_rocksdb_outside_its_layer_is_found(self):
        for name in ("events/a.cpp", "projections/decide.cpp", "projections/components/a.cpp", "server/a.cpp"):
            self.assert_found({name: "#include <rocksdb/db.h>\n"}, name + ":1", "outside its layer")

    def test_asio_and_beast_outside_the_server_are_found(self):
        for library in ("boost/asio.hpp", "boost/asio/post.hpp", "boost/beast/http.hpp"):
            self.assert_found({"projections/a.cpp": f"#include <{library}>\n"}, "projections/a.cpp:1", library)

    def test_a_header_without_pragma_once_is_found(self):
        self.assert_found({"core/a.h": "// What it is.\n"}, "core/a.h:1", "#pragma once")

    def test_a_header_without_a_comment_is_found(self):
        self.assert_found({"core/a.h": "#pragma once\n// Late.\n"}, "core/a.h:1", "begins with a comment")

    def test_a_long_line_is_found_by_characters(self):
        self.assertEqual([], self.findings({"core/a.cpp": "// " + "å" * (MAX_COLUMNS - 3) + "\n"}))
        self.assert_found({"core/a.cpp": "\n// " + "a" * (MAX_COLUMNS - 2) + "\n"}, "core/a.cpp:2", "121 columns")

    def test_a_long_file_is_found(self):
        self.assertEqual([], self.findings({"core/a.cpp": "\n" * MAX_LINES}))
        self.assert_found({"core/a.cpp": "\n" * (MAX_LINES + 1)}, "core/a.cpp:951", "951 lines")

    def test_tabs_are_found(self):
        self.assert_found({"events/schemas/a.fbs": "\n\n\ttable A {}\n"}, "events/schemas/a.fbs:3", "a tab")

    def test_a_path_of_one_machine_is_found(self):
        path = "/" + "home/kim/minne"
        self.assert_found({"cmake/a.cmake": f"set(X {path})\n"}, "cmake/a.cmake:1", "path")
        self.assert_found({"dev": f"cd {path}\n"}, "dev:1", "path")

    def test_what_is_unfinished_is_found(self):
        for word in ("TO" + "DO", "FIX" + "ME"):
            self.assert_found({"core/a.cpp": f"// {word}: later\n"}, "core/a.cpp:1", "unfinished")


def main(arguments):
    if arguments == ["--self"]:
        suite = unittest.defaultTestLoader.loadTestsFromTestCase(CheckerTest)
        return 0 if unittest.TextTestRunner().run(suite).wasSuccessful() else 1
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    findings = Checker(arguments[0]).run()
    for finding in findings:
        print(finding)
    print(f"{len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
