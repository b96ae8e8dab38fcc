"""What the benchmarks share: one measured process, medians of pairs, a beacon and a device on tmpfs."""

import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))
MEASURE = "%e %U %S %M"  # GNU time: wall, user and system seconds, peak KiB


def use_tmpfs():
    shm = pathlib.Path("/dev/shm")
    if shm.is_dir() and os.access(shm, os.W_OK):
        tempfile.tempdir = str(shm)


def pinned(core):
    return ["taskset", "-c", str(core)] if os.cpu_count() > 1 else []


def measured(command, cwd, prefix=()):
    """Wall seconds, CPU seconds, peak MiB of one process, pinned to core 0; `prefix` as for Beacon."""
    with tempfile.NamedTemporaryFile("r") as report:
        done = subprocess.run(["/usr/bin/time", "-o", report.name, "-f", MEASURE, *pinned(0), *prefix, *map(str, command)],
                              cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{command}: {done.returncode}: {done.stderr}")
        wall, user, system, peak = report.read().split()[-4:]
    return float(wall), float(user) + float(system), float(peak) / 1024


def pin_workers(beacon):
    """The server on core 1, so that the two do not take each other's time."""
    if os.cpu_count() == 1:
        return
    workers = subprocess.run(["pgrep", "-P", str(beacon.process.pid)], capture_output=True, text=True).stdout.split()
    for process in (str(beacon.process.pid), *workers):
        subprocess.run(["taskset", "-a", "-p", "-c", "1", process], stdout=subprocess.DEVNULL, check=False)


def medians(runs):
    return [statistics.median(run[place] for run in runs) for place in range(len(runs[0]))]


def print_line(name, unit, ours, theirs, better="lower"):
    ratio = f"{ours / theirs:5.2f}" if theirs > 0 else "    -"
    print(f"  {name + ' ' + unit:14} muster {ours:9.3f}   curl {theirs:9.3f}   ratio {ratio}  ({better} is better)")
    sys.stdout.flush()
