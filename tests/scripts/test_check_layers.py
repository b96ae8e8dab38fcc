"""The script that holds the floors: every rule is broken once, and the way that is allowed beside it is not."""

import importlib.util
import pathlib
import subprocess
import sys
import tempfile
import unittest

PROJECT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = PROJECT / "scripts" / "check_layers.py"

SPEC = importlib.util.spec_from_file_location("check_layers", SCRIPT)
check_layers = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(check_layers)

# Headers that sources of the tests may include.
HEADERS = ("platform/base/text.h", "platform/file.h", "platform/posix/errno_name.h", "ssl/identity.h",
           "ssl/openssl/chain.h", "agent/transfer/loop.h", "agent/spool/item.h", "agent/beacon/race.h",
           "agent/cli/print.h")


def machine_path(*parts):
    return "/" + "/".join(parts)  # written so that this file is not a finding of its own


class Tree(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="muster-layers-")
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        for header in HEADERS:
            self.write(header, "#pragma once\n")

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())

    def findings(self, check=check_layers.check_sources):
        return list(check(self.root))

    def assert_refused(self, path, text, reason, line=1):
        self.write(path, text)
        findings = self.findings()
        self.assertEqual([(one[0], one[1]) for one in findings], [(path, line)], findings)
        self.assertIn(reason, findings[0][2])

    def assert_accepted(self, path, text):
        self.write(path, text)
        self.assertEqual(self.findings(), [])


class Floors(Tree):
    def test_an_include_upwards(self):
        for path, name in (("platform/base/clock.cpp", "platform/file.h"), ("platform/host.cpp", "ssl/identity.h"),
                           ("ssl/trust.cpp", "agent/transfer/loop.h"),
                           ("ssl/openssl/trust.cpp", "agent/transfer/loop.h"),
                           ("agent/transfer/reply.cpp", "agent/beacon/race.h"),
                           ("agent/delivery/job.cpp", "agent/cli/print.h")):
            with self.subTest(path):
                self.assert_refused(path, f'#include "{name}"\n', "upwards")
                (self.root / path).unlink()

    def test_siblings_on_one_floor_do_not_know_each_other(self):
        self.assert_refused("agent/spool/claim.cpp", '#include "agent/transfer/loop.h"\n', "neighbour")

    def test_downwards_and_sideways(self):
        self.assert_accepted("agent/beacon/survey.cpp", '#include "agent/beacon/race.h"\n'
                             '#include "agent/transfer/loop.h"\n#include "platform/base/text.h"\n'
                             '#include "ssl/identity.h"\n')
        self.assert_accepted("agent/main.cpp", '#include "agent/cli/print.h"\n')

    def test_a_folder_without_a_floor(self):
        self.assert_refused("agent/misc/thing.cpp", "\n", "on no floor")

    def test_an_include_of_a_folder_without_a_floor(self):
        self.write("tools/thing.h", "#pragma once\n")
        self.assert_refused("agent/cli/app.cpp", '#include "tools/thing.h"\n', "on no floor")

    def test_a_name_that_does_not_start_at_the_root(self):
        self.assert_refused("agent/cli/app.cpp", '#include "print.h"\n', "root of the project")

    def test_one_of_ours_in_angle_brackets(self):
        self.assert_refused("agent/cli/app.cpp", "#include <agent/beacon/race.h>\n", "quotes")


class Systems(Tree):
    def test_a_source_folder_of_one_system_from_outside(self):
        self.assert_refused("platform/log.cpp", '#include "platform/posix/errno_name.h"\n', "private")
        (self.root / "platform/log.cpp").unlink()
        self.assert_refused("ssl/handshake.cpp", '#include "ssl/openssl/chain.h"\n', "private")

    def test_a_source_folder_of_one_system_from_inside(self):
        self.assert_accepted("platform/posix/file.cpp", '#include "platform/posix/errno_name.h"\n')
        self.assert_accepted("platform/linux/host.cpp", '#include "platform/posix/errno_name.h"\n')
        self.assert_accepted("ssl/openssl/trust.cpp", '#include "ssl/openssl/chain.h"\n')

    def test_a_condition_on_the_operating_system(self):
        for condition in ("#ifdef _WIN32", "#  if defined(__linux__)", "#elif defined(__APPLE__)", "#ifndef __unix__"):
            with self.subTest(condition):
                self.assert_refused("agent/cli/app.cpp", f"\n{condition}\n#endif\n", "operating system", 2)

    def test_a_condition_on_a_continued_line(self):
        self.assert_refused("agent/cli/app.cpp", "#if defined(A) || \\\n    defined(_WIN32)\n#endif\n",
                            "operating system", 2)

    def test_conditions_where_systems_may_differ_and_other_conditions(self):
        self.assert_accepted("platform/log.cpp", "#ifdef _WIN32\n#endif\n")
        self.assert_accepted("ssl/handshake.cpp", "#ifdef _WIN32\n#endif\n")
        self.assert_accepted("agent/cli/app.cpp", "#ifndef NDEBUG\n#endif\n// elsewhere _WIN32 decides\n")

    def test_headers_of_one_system(self):
        for header in ("sys/stat.h", "unistd.h", "fcntl.h", "windows.h", "systemd/sd-daemon.h"):
            with self.subTest(header):
                self.assert_refused("agent/cli/app.cpp", f"#include <{header}>\n", "may only be included in")
                self.assert_refused("agent/cli/app.cpp", f"#include <{header}>\n", "platform/")
        self.assert_accepted("agent/cli/app.cpp", "#include <csignal>\n")
        self.assert_accepted("platform/posix/file.cpp", "#include <sys/stat.h>\n")
        self.assert_accepted("platform/windows/file.cpp", "#include <windows.h>\n")
        self.assert_accepted("platform/linux/service_host.cpp", "#include <systemd/sd-daemon.h>\n")


class Libraries(Tree):
    def test_each_library_has_one_home(self):
        for header, home in (("openssl/ssl.h", "ssl/openssl/trust.cpp"), ("curl/curl.h", "agent/transfer/reply.cpp"),
                             ("CLI/CLI.hpp", "agent/cli/app.cpp"), ("ini.h", "agent/config/reader.cpp"),
                             ("spdlog/spdlog.h", "platform/log.cpp")):
            with self.subTest(header):
                self.assert_refused("agent/delivery/job.cpp", f"#include <{header}>\n", "may only be included in")
                self.assert_accepted("agent/delivery/job.cpp", "\n")
                self.assert_accepted(home, f"#include <{header}>\n")

    def test_openssl_above_its_folder(self):
        self.assert_refused("ssl/identity.cpp", "#include <openssl/x509.h>\n", "ssl/openssl/")

    def test_slow_headers_in_headers(self):
        for header in ("nlohmann/json.hpp", "fmt/core.h"):
            with self.subTest(header):
                self.assert_refused("agent/cli/words.h", f"#include <{header}>\n", "slow to compile")
        (self.root / "agent/cli/words.h").unlink()
        self.assert_accepted("agent/cli/words.cpp", "#include <fmt/core.h>\n#include <nlohmann/json.hpp>\n")

    def test_json_in_a_dozen_sources(self):
        for count in range(12):
            self.write(f"agent/cli/json{count:02}.cpp", "#include <nlohmann/json.hpp>\n")
        self.assertEqual(self.findings(), [])
        self.assert_refused("agent/cli/json12.cpp", "#include <nlohmann/json.hpp>\n", "12 sources at most")


class Order(Tree):
    def test_its_own_header_is_not_first(self):
        self.assert_refused("agent/cli/print.cpp", '#include <string>\n\n#include "agent/cli/print.h"\n', "comes first")

    def test_its_own_header_without_a_blank_line(self):
        self.assert_refused("agent/cli/print.cpp", '#include "agent/cli/print.h"\n#include "agent/beacon/race.h"\n',
                            "blank line", 2)

    def test_the_portable_header_is_the_own_one_of_a_system_source(self):
        self.assert_refused("platform/posix/file.cpp", '#include <string>\n\n#include "platform/file.h"\n',
                            "comes first")
        self.assert_accepted("platform/posix/file.cpp", '#include "platform/file.h"\n\n#include <unistd.h>\n')

    def test_quotes_before_angle_brackets(self):
        self.assert_refused("agent/cli/app.cpp", '#include "agent/cli/print.h"\n\n#include <string>\n',
                            "come before those in quotes", 3)

    def test_quotes_and_angle_brackets_in_one_block(self):
        self.assert_refused("agent/cli/app.cpp", '#include <string>\n#include "agent/cli/print.h"\n', "blocks")

    def test_an_unsorted_block(self):
        self.assert_refused("agent/cli/app.cpp", "#include <vector>\n#include <string>\n", "not sorted", 2)

    def test_the_usual_layout(self):
        self.assert_accepted("agent/cli/print.cpp", '#include "agent/cli/print.h"\n\n#include <fmt/core.h>\n\n'
                             '#include <map>\n#include <string>\n\n#include "agent/beacon/race.h"\n'
                             '#include "platform/base/text.h"\n')


class Names(Tree):
    def test_types_that_say_nothing(self):
        for line in ("class SpoolManager {", "struct UploadHelper;", "enum class TextUtil {",
                     "using FileHandler = int;", "template <class T> class RowImpl {", "  struct BeaconData {"):
            with self.subTest(line):
                self.assert_refused("agent/cli/app.cpp", f"\n{line}\n", "says nothing", 2)

    def test_files_that_say_nothing(self):
        for path in ("agent/cli/upload_helper.cpp", "agent/cli/utils.h"):
            with self.subTest(path):
                self.assert_refused(path, "\n", "name the file")
                (self.root / path).unlink()

    def test_names_that_only_contain_such_a_word(self):
        self.assert_accepted("agent/cli/data_directory.cpp", "class DataDirectory {\nstruct Implied {\n"
                             "struct Metadata {\n// class SpoolManager was its name\nint handler = 0;\n")

    def test_a_file_of_more_than_500_lines(self):
        self.assert_accepted("agent/cli/app.cpp", "\n" * 500)
        self.assert_refused("agent/cli/app.cpp", "\n" * 501, "501 lines", 501)

    def test_bytes_that_are_not_utf8(self):
        self.assert_refused("agent/cli/app.cpp", b"// caf\xe9\n", "not UTF-8")


class Paragraphs(Tree):
    @staticmethod
    def function(*lines, head="int add(int a) {"):
        return head + "\n" + "".join(f"  {line}\n" for line in lines) + "}\n"

    def test_thirteen_lines_in_a_row(self):
        for head in ("int add(int a) {", "Status Spool::put(int a) const {", "Spool::Spool(int a) : a_(a) {",
                     "TEST(\"x\") {"):
            with self.subTest(head):
                self.assert_refused("agent/spool/spool.cpp", self.function(*["++a;"] * 13, head=head),
                                    "begin a new paragraph", 14)

    def test_in_a_method_of_a_class_and_in_a_lambda(self):
        body = self.function(*["++a;"] * 13, head="int add(int a) {").replace("\n", "\n  ").rstrip()
        self.assert_refused("agent/spool/spool.h", "#pragma once\nclass Spool {\n  " + body + "\n};\n",
                            "begin a new paragraph", 16)
        self.assert_refused("agent/spool/spool.h", "#pragma once\n" + self.function(
            "int b;", "", "const auto add = [&](int c) {", *["  ++c;"] * 12, "};"), "begin a new paragraph", 17)

    def test_twelve_lines_and_a_blank_one(self):
        self.assert_accepted("agent/spool/spool.cpp", self.function(*["++a;"] * 12, "", *["++a;"] * 12))

    def test_a_switch_and_a_table_count_as_one_line(self):
        cases = [f"  case {one}: return 1;" for one in range(20)]
        self.assert_accepted("agent/spool/spool.cpp", self.function("switch (a) {", *cases, "}"))
        rows = ["static constexpr Row rows[] = {{1, 2},", *["                               {1, 2},"] * 20,
                "                               {1, 2}};"]
        self.assert_accepted("agent/spool/spool.cpp", self.function(*rows, *["++a;"] * 10))
        self.assert_refused("agent/spool/spool.cpp", self.function(*rows, *["++a;"] * 12), "begin a new paragraph", 35)

    def test_declarations_are_no_paragraph(self):
        self.assert_accepted("agent/spool/spool.h", "#pragma once\nstruct Row {\n" + "  int a = 0;\n" * 20 + "};\n")


class MachinePaths(Tree):
    def found(self):
        return [(path, line) for path, line, _ in self.findings(check_layers.check_machine_paths)]

    def test_in_every_kind_of_text(self):
        for path, text in (("docs/tour.md", "see " + machine_path("root", "muster")),
                           ("scripts/run", "cd " + machine_path("work", "main")),
                           (".hidden/x.json", '{"at": "' + machine_path("home", "ann", "x") + '"}'),
                           ("agent/cli/app.cpp", "// file://" + machine_path("work", "x"))):
            with self.subTest(path):
                self.write(path, f"\n{text}\n")
                self.assertEqual(self.found(), [(path, 2)])
                (self.root / path).unlink()

    def test_not_in_addresses_and_longer_paths(self):
        self.write("docs/tour.md", "https://example.com" + machine_path("home", "x") + " $HOME"
                   + machine_path("work", "x") + " /srv" + machine_path("root", "x") + "\n")
        self.assertEqual(self.found(), [])

    def test_not_in_what_the_project_does_not_hold(self):
        for path in ("build/asan/CMakeCache.txt", "build-x/log", ".git/config", "image.png"):
            self.write(path, b"\0" * path.endswith("png") + machine_path("root", "x").encode())
        self.assertEqual(self.found(), [])


class Command(Tree):
    def run_script(self, *arguments):
        return subprocess.run([sys.executable, SCRIPT, *map(str, arguments)], capture_output=True, text=True,
                              check=False)

    def test_a_finding_is_printed_with_file_and_line_and_ends_with_1(self):
        self.write("agent/cli/app.cpp", "\n#ifdef _WIN32\n#endif\n")
        done = self.run_script(self.root)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"^agent/cli/app\.cpp:2: .+\n$")

    def test_nothing_to_look_at_is_not_success(self):
        with tempfile.TemporaryDirectory() as empty:
            self.assertEqual(self.run_script(empty).returncode, 2)
        self.assertEqual(self.run_script("--no-such-option").returncode, 2)

    def test_this_very_project_is_in_order(self):
        for mode in ((), ("--machine-paths",)):
            done = self.run_script(*mode)
            self.assertEqual((done.returncode, done.stdout), (0, ""))


if __name__ == "__main__":
    unittest.main()
