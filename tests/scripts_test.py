#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The scripts in front of the build, run on a copy of scripts/ where every tool is a stub that writes down its call."""

import pathlib
import shutil
import subprocess
import tempfile
import unittest

SCRIPTS = pathlib.Path(__file__).resolve().parent.parent / "scripts"
REAL_TOOLS = ("bash", "env", "cat", "dirname", "mkdir", "readlink")


class ScriptTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name, "a checkout")  # a space, as folders have them
        self.tools = pathlib.Path(folder.name, "tools")
        self.calls = pathlib.Path(folder.name, "calls")
        shutil.copytree(SCRIPTS, self.root / "scripts")
        self.tools.mkdir()
        for tool in REAL_TOOLS:
            (self.tools / tool).symlink_to(shutil.which(tool))
        self.stub("id", "echo 0")
        self.stub("nproc", "echo 2")
        self.stub("dpkg-query", "echo install ok installed")
        for tool in ("apt-get", "cmake", "ctest"):
            self.stub(tool)

    def stub(self, tool, body="", folder=None):
        path = (folder or self.tools) / tool
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'#!{shutil.which("bash")}\necho "{tool} $*" >>"{self.calls}"\n{body}\n')
        path.chmod(0o755)

    def run_script(self, name, *arguments, folder="/"):
        environment = {"PATH": str(self.tools), "CUDA_HOME": str(self.root / "cuda")}
        return subprocess.run([self.root / "scripts" / name, *arguments], cwd=folder, env=environment,
                              capture_output=True, text=True, check=False)

    def calls_of(self, tool):
        text = self.calls.read_text() if self.calls.exists() else ""
        return [line for line in text.splitlines() if line.split()[0] == tool]

    def lack(self, *packages):
        self.stub("dpkg-query", f'case " {" ".join(packages)} " in *" ${{@: -1}} "*) exit 1;; esac\necho install ok installed')


class Setup(ScriptTest):
    def test_says_one_line_and_leaves_apt_alone_where_nothing_is_missing(self):
        done = self.run_script("setup")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout.count("\n"), 1)
        self.assertEqual(self.calls_of("apt-get"), [])

    def test_installs_exactly_what_is_missing(self):
        self.lack("libhwloc-dev", "ccache")
        self.assertEqual(self.run_script("setup").returncode, 0)
        update, install = self.calls_of("apt-get")
        self.assertIn(" update", update)
        self.assertTrue(install.endswith(" --no-install-recommends ccache libhwloc-dev"), install)

    def test_takes_a_package_that_was_removed_but_left_its_settings_as_missing(self):
        self.stub("dpkg-query", 'if [[ ${@: -1} == cmake ]]; then echo deinstall ok config-files; else '
                                'echo install ok installed; fi')
        self.assertEqual(self.run_script("setup").returncode, 0)
        self.assertTrue(self.calls_of("apt-get")[1].endswith(" cmake"))

    def test_without_root_prints_the_one_command_to_run(self):
        self.lack("cmake")
        self.stub("id", "echo 1000")
        done = self.run_script("setup")
        self.assertEqual(done.returncode, 2)
        self.assertIn("sudo apt-get update && sudo apt-get install --yes --no-install-recommends cmake\n", done.stderr)
        self.assertEqual(self.calls_of("apt-get"), [])

    def test_without_root_uses_sudo_that_asks_no_password(self):
        self.lack("cmake")
        self.stub("id", "echo 1000")
        self.stub("sudo", '[[ $1 == -n ]] && shift && [[ $1 != true ]] && exec "$@"; true')
        self.assertEqual(self.run_script("setup").returncode, 0)
        self.assertEqual(len(self.calls_of("apt-get")), 2)

    def test_stops_where_apt_fails(self):
        self.lack("cmake")
        self.stub("apt-get", "exit 100")
        self.assertNotEqual(self.run_script("setup").returncode, 0)

    def test_names_the_packages_where_there_is_no_debian(self):
        (self.tools / "dpkg-query").unlink()
        done = self.run_script("setup")
        self.assertEqual(done.returncode, 0)
        self.assertIn("libopenmpi-dev", done.stderr)

    def test_installs_the_disassembler_once_where_there_is_cuda(self):
        self.stub("nvcc", folder=self.root / "cuda/bin")
        self.stub("python3")
        self.stub("pip", folder=self.root / "build/tools/bin")
        self.assertEqual(self.run_script("setup").returncode, 0)
        self.assertEqual(len(self.calls_of("python3")), 1)
        self.assertIn("nvidia-cuda-nvdisasm", self.calls_of("pip")[0])
        self.stub("nvdisasm", folder=self.root / "build/tools/lib/python3.11/site-packages/nvidia/cu13/bin")
        self.assertEqual(self.run_script("setup").returncode, 0)
        self.assertEqual(len(self.calls_of("pip")), 1)

    def test_goes_on_where_the_disassembler_cannot_be_had(self):
        self.stub("nvcc", folder=self.root / "cuda/bin")
        self.stub("python3", "exit 1")
        done = self.run_script("setup")
        self.assertEqual(done.returncode, 0)
        self.assertIn("could not be installed", done.stderr)


class Build(ScriptTest):
    def test_is_quiet_on_success(self):
        self.stub("cmake", "echo chatter")
        done = self.run_script("build", "dev")
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        self.assertNotIn("chatter", done.stderr)
        self.assertEqual(self.calls_of("cmake"), ["cmake --preset dev", "cmake --build --preset dev"])

    def test_shows_everything_on_failure(self):
        self.stub("cmake", "echo the reason; exit 1")
        done = self.run_script("build")
        self.assertEqual(done.returncode, 2)
        self.assertIn("the reason", done.stderr)


class Run(ScriptTest):
    def test_hands_all_arguments_to_bench_in_the_folder_of_the_caller_and_returns_its_verdict(self):
        self.stub("muster", 'pwd; printf "<%s>" "$@"; exit 3', self.root / "build/release")
        done = self.run_script("run", "--suite", "a b", "", folder=self.tools)
        self.assertEqual(done.returncode, 3)
        self.assertEqual(done.stdout, f"{self.tools}\n<bench><--suite><a b><>")

    def test_measures_nothing_where_the_build_fails(self):
        self.stub("muster", "", self.root / "build/release")
        self.stub("cmake", "exit 1")
        self.assertEqual(self.run_script("run").returncode, 2)
        self.assertEqual(self.calls_of("muster"), [])


class Test(ScriptTest):
    def test_runs_the_release_preset_in_parallel_with_further_arguments(self):
        self.assertEqual(self.run_script("test", "-L", "unit").returncode, 0)
        self.assertEqual(self.calls_of("ctest"), ["ctest --preset release --parallel 2 -L unit"])

    def test_adds_both_sanitizers_on_request_and_fails_if_any_of_them_fails(self):
        self.stub("ctest", "[[ $2 != asan ]]")
        done = self.run_script("test", "--sanitizers")
        self.assertEqual(done.returncode, 1)
        self.assertIn("failed in asan", done.stderr)
        self.assertEqual([call.split()[2] for call in self.calls_of("ctest")], ["release", "asan", "tsan"])


class CheckGpuTest(ScriptTest):
    STEPS = ("nvidia-smi --query", "ctest --test-dir build/release --label-regex ^gpu$ --output-on-failure")

    def with_gpu(self):
        self.stub("nvidia-smi")
        self.stub("compute-sanitizer")
        for program in ("muster", "muster_gpu_matmul_table"):
            self.stub(program, folder=self.root / "build/release")

    def test_without_a_gpu_it_says_so_and_builds_nothing(self):
        done = self.run_script("check-gpu")
        self.assertEqual(done.returncode, 2)
        self.assertIn("no GPU answers here", done.stderr)
        self.assertEqual(self.calls_of("cmake"), [])

    def test_with_one_every_step_runs_and_leaves_its_log(self):
        self.with_gpu()
        done = self.run_script("check-gpu")
        self.assertEqual(done.returncode, 0, done.stderr)
        for step in self.STEPS:
            self.assertIn(step, self.calls_of(step.split()[0]))
        self.assertEqual(len(self.calls_of("compute-sanitizer")), 6)
        self.assertEqual(len(self.calls_of("muster")), 1)
        logs = {path.name for path in (self.root / "build/gpu-check").glob("*.log")}
        self.assertEqual(logs, {"state.log", "topology.log", "tests.log", "memcheck.log", "racecheck.log", "matmul.log",
                                "bench.log"})

    def test_a_failed_step_is_named_and_the_others_still_run(self):
        self.with_gpu()
        self.stub("ctest", "exit 8")
        done = self.run_script("check-gpu")
        self.assertEqual(done.returncode, 1)
        self.assertIn("failed: tests", done.stderr)
        self.assertEqual(len(self.calls_of("muster")), 1)

    def test_a_missing_sanitizer_is_a_failure(self):
        self.with_gpu()
        (self.tools / "compute-sanitizer").unlink()
        done = self.run_script("check-gpu")
        self.assertEqual(done.returncode, 1)
        self.assertIn("failed: memcheck racecheck", done.stderr)


if __name__ == "__main__":
    unittest.main()
