"""What the benchmarks share: one measured process, medians of pairs, a beacon and a device on tmpfs."""

import os
import pathlib
import re
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


def count_connections(beacon):
    """Has the server log which connection each request came by, for handshakes()."""
    conf = beacon.folder / "beacon.conf"
    beacon.stop()
    conf.write_text(conf.read_text().replace("took=$request_time", "connection=$connection"))
    beacon.start()


def handshakes(*beacons):
    """The connections with a request that the servers have seen since the last question."""
    seen = 0
    for beacon in beacons:
        log = beacon.folder / "log" / "access.log"
        seen += len(set(re.findall(r"connection=(\d+)", log.read_text())))
        os.truncate(log, 0)
    return seen


def verdict(ratio, goal, better):
    if goal is None:
        return ""
    met = ratio >= goal if better == "higher" else ratio <= goal
    return f"  goal {'>=' if better == 'higher' else '<='} {goal:g}: {'met' if met else 'missed'}"


def print_line(name, unit, ours, theirs, better="lower", goal=None):
    """One figure of both and their ratio, muster to curl, beside its goal."""
    ratio = ours / theirs if theirs > 0 else float("nan")
    print(f"  {name + ' ' + unit:16} muster {ours:9.3f}   curl {theirs:9.3f}   ratio {ratio:5.2f}  ({better} is better)"
          f"{verdict(ratio, goal, better)}")
    sys.stdout.flush()


def print_limit(name, unit, ours, most):
    print(f"  {name + ' ' + unit:16} muster {ours:9.3f}   goal <= {most:g}: {'met' if ours <= most else 'missed'}")
