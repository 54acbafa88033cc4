#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Our native all_reduce beside OSU Micro-Benchmarks' osu_allreduce, over the same Open MPI, interleaved in one run.

    benchmarks/compare_osu.py --osu PATH/osu_allreduce [--muster build/release/muster] [--rounds 5]

Each round runs a whole sweep of one program, then of the other. Per size the median over rounds is taken of
osu_allreduce's mean over ranks, and of two of our numbers for the same operations: the slowest rank's median (the
report's number) and the mean over ranks of each rank's median (what osu_allreduce means by its number).
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

SIZES = [8 * 4**i for i in range(12)]  # 8 B .. 32 MiB; 64 MiB is added below


def mpirun(ranks, words):
    root = ["--allow-run-as-root"] if os.geteuid() == 0 else []
    done = subprocess.run(["mpirun", "-n", str(ranks), "--bind-to", "core", *root, *words],
                          capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        sys.exit(f"compare_osu: {' '.join(words[:3])} failed: {done.stderr.strip().splitlines()[-1:]}")
    return done.stdout


def osu_sweep(args, sizes):
    """{size: mean over ranks, in seconds}; float, as our cases."""
    text = mpirun(args.ranks, [args.osu, "-T", "mpi_float", "-m", f"{sizes[0]}:{sizes[-1]}", "-M", str(1 << 30)])
    rows = (line.split() for line in text.splitlines() if line and not line.startswith("#"))
    found = {int(row[0]): float(row[1]) * 1e-6 for row in rows if len(row) >= 2 and row[0].isdigit()}
    return {size: found[size] for size in sizes}


def muster_sweep(args, plan, folder, number):
    """{size: (slowest rank's median, mean over ranks of their medians)}, in seconds."""
    out = os.path.join(folder, f"run{number}.jsonl")
    mpirun(args.ranks, [args.muster, "run", "--plan", plan, "--out", out, "--quiet"])
    sizes = {}
    for line in open(out, encoding="utf-8"):
        record = json.loads(line)
        if record["kind"] != "case" or not record["case"].startswith("all_reduce/native/"):
            continue
        if record["check"]["wrong"] or not record["check"]["elements"]:
            sys.exit(f"compare_osu: {record['case']}: wrong or unchecked data")
        per_rank = [statistics.median(row) for row in record["rank_seconds"]]
        sizes[record["bytes"]] = (statistics.median(record["seconds"]), statistics.mean(per_rank))
    return sizes


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--osu", required=True, help="the program osu_allreduce, built with the same Open MPI")
    parser.add_argument("--muster", default="build/release/muster")
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    sizes = SIZES + [64 << 20]
    names = [f"{s >> 20}M" if s >= 1 << 20 else f"{s >> 10}K" if s >= 1 << 10 else str(s) for s in sizes]
    with tempfile.TemporaryDirectory() as folder:
        plan = os.path.join(folder, "plan.json")
        cases = [word for name in names
                 for word in ("--cases", f"all_reduce/native/mpi/float/{name}/isolated")]
        subprocess.run([args.muster, "plan", "--suite", "full", "--ranks", str(args.ranks), "--launcher", "mpirun",
                        "--budget", "20s", *cases, "--out", plan], check=True)
        osu, ours = [], []
        for number in range(args.rounds):
            osu.append(osu_sweep(args, sizes))
            ours.append(muster_sweep(args, plan, folder, number))
    ratios = {"slowest rank": [], "mean of ranks": []}
    print(f"{'size':>9} {'osu (us)':>11} {'slowest (us)':>13} {'ratio':>7} {'mean (us)':>11} {'ratio':>7}")
    for size in sizes:
        theirs = statistics.median(sweep[size] for sweep in osu)
        slowest = statistics.median(sweep[size][0] for sweep in ours)
        mean = statistics.median(sweep[size][1] for sweep in ours)
        ratios["slowest rank"].append(slowest / theirs)
        ratios["mean of ranks"].append(mean / theirs)
        print(f"{size:>9} {theirs * 1e6:>11.2f} {slowest * 1e6:>13.2f} {slowest / theirs:>7.3f}"
              f" {mean * 1e6:>11.2f} {mean / theirs:>7.3f}")
    for name, values in ratios.items():
        print(f"median over sizes of our time / osu_allreduce's, {name}: {statistics.median(values):.3f}")


if __name__ == "__main__":
    main()
