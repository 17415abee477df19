"""Whether what is published, and its copy in `reports/`, still is what it was."""

from pathlib import Path

from analysis.policy.errors import DataError
from analysis.run.store.manifest import Manifest, hash_tree, list_differing
from analysis.run.store.revisions import Store, check_revision

_PAGES = "pages/"


def check_hashes(store: Store, period: str) -> list[Manifest]:
    """Compare every file of every revision of a month, and the copy of its pages, with the manifests.

    Returns:
        The manifests, the oldest first.

    Raises:
        DataError: nothing is published, or a file is missing, changed or unknown; names it.
    """
    store.revision(period)
    manifests = [check_revision(store.folder(period) / name) for name in store.revisions(period)]
    _check_copy(store, period)
    return manifests


def find_stale_pages(root: Path, shown: Manifest) -> list[str]:
    """Return which pages of a revision `reports/<period>` does not hold as they were published."""
    copy = root / "reports" / shown.period
    wanted = {n.removeprefix(_PAGES): digest for n, digest in shown.outputs.items() if n.startswith(_PAGES)}
    found = hash_tree(copy, copy) if copy.is_dir() else {}  # which holds the indexes of audiences besides
    return list_differing(wanted, {name: found[name] for name in found.keys() & wanted.keys()})


def _check_copy(store: Store, period: str) -> None:
    """Compare `reports/<period>`, where there is one, with the revision last published with pages."""
    shown, copy = store.last_published(period), store.root / "reports" / period
    stale = find_stale_pages(store.root, shown) if shown and copy.is_dir() else []
    if stale:
        raise DataError(f"{copy / stale[0]}: not the page of {shown.revision}; copy it anew: analysis site")
