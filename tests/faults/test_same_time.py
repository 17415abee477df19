"""Many runs of one month at the same time: one works, the others say so and leave everything as it is."""

import pytest

from analysis.run.store.revisions import Store

from .conftest import PERIOD

pytestmark = pytest.mark.slow
BUSY = f"{PERIOD}: another run of this month is under way; wait until it ends"


def test_one_works_and_the_others_say_so(worker, truths, root, tmp_path, share):
    n_runs, n_processes = share(1, 20), share(5, 20)
    ended = []
    for number in range(1, n_runs + 1):
        truths.deliver(root, number % 2)
        outs = [tmp_path / f"out-{place}" for place in range(n_processes)]
        pids = [worker.start(out, "run", PERIOD, "--tables-only", "--root", root) for out in outs]
        codes = [worker.ask(do="wait", pid=pid) for pid in pids]
        refused = [" ".join(out.read_text("utf-8").split()) for out, code in zip(outs, codes, strict=True) if code]
        assert all(BUSY in said and "Traceback" not in said for said in refused), refused
        assert len(refused) < n_processes
        # Whoever came when all was done found it done: nothing is built twice.
        assert len(Store(root).revisions(PERIOD)) == 1 + number
        truths.check(root)
        ended.append(len(refused))
    print(f"{n_runs} times {n_processes} processes: refused {ended}")
    assert sum(ended)
