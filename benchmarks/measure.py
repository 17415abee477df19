"""Run the benchmarks one after another and write what they print into docs/performance.md.

`python benchmarks/measure.py [SECTION …]` runs all sections or some; the text between `<!-- measured: SECTION -->` and
`<!-- end -->` is replaced by what the script prints, a first part by machine and versions. `--quick` runs each at its
smallest size and writes nothing: it shows that they run.
"""

import argparse
import os
import platform
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).resolve().parent
DOC = HERE.parent / "docs" / "performance.md"
# Section → arguments of its smallest size; at full size a script needs none.
QUICK = {
    "month": "--period 2023-02 --rounds 1 --cases run packs",
    "backfill": "--months 2 --rounds 1 --long 2 --units 86 300",
    "fleet": "--districts 4 --alone 2 --lost 4",
    "tickets": "--millions 0.1",
    "reading": "--rounds 1",
}
VERSIONS = ("papermill", "nbconvert", "ipykernel", "pandas", "pyarrow", "duckdb", "matplotlib", "distributed")


def describe_machine() -> str:
    """Return processor, cores, memory and versions in one line."""
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text("utf-8"))
    memory = re.search(r"MemTotal: *(\d+)", Path("/proc/meminfo").read_text("utf-8"))
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in VERSIONS)
    return (
        f"{os.cpu_count()} cores of {cpu[1] if cpu else platform.machine()}, {int(memory[1]) / 2**20:.0f} GiB, "
        f"{platform.system()}, Python {platform.python_version()}, {versions}"
    )


def run_script(section: str, options: str) -> str:
    """Run a benchmark, let its errors through, and return what it prints, also where it misses what it promises."""
    command = [sys.executable, str(HERE / f"{section}.py"), *options.split()]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode and "missed:" not in done.stdout:
        raise SystemExit(f"{section}: ended with {done.returncode}\n{done.stdout}")
    return done.stdout.strip()


def put(text: str, section: str, printed: str) -> str:
    """Return the document with the section's measured part replaced."""
    block = re.compile(rf"(<!-- measured: {section} -->\n).*?(<!-- end -->)", re.DOTALL)
    if not block.search(text):
        raise SystemExit(f"{DOC.name}: has no part <!-- measured: {section} -->")
    return block.sub(lambda found: f"{found[1]}{printed}\n{found[2]}", text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=", ".join(QUICK))
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    if unknown := set(given.sections) - set(QUICK):
        parser.error(f"no section {', '.join(sorted(unknown))}; there are {', '.join(QUICK)}")
    for section in given.sections or QUICK:
        printed = run_script(section, QUICK[section] if given.quick else "")
        print(f"## {section}\n{printed}\n", flush=True)
        if not given.quick:
            text = put(put(DOC.read_text("utf-8"), section, printed), "machine", describe_machine())
            DOC.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
