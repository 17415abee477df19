"""The rules that revisions keep, and whether today's are still the same for their months (S39, S45)."""

import json
from dataclasses import dataclass, field

from analysis.policy.book import PolicyBook, load_policy
from analysis.policy.errors import PolicyError
from analysis.policy.reach import list_changed_rules
from analysis.run.store.manifest import Manifest, list_differing
from analysis.run.store.revisions import Store


@dataclass(frozen=True)
class KeptRules:
    """The rules that the revisions of a store keep; each version of `params/` is read once."""

    store: Store
    _books: dict[str, PolicyBook | None] = field(default_factory=dict, repr=False)

    def read(self, manifest: Manifest) -> PolicyBook | None:
        """Return the rules of a revision; None where it keeps none, or none that today's code can read."""
        key = json.dumps(manifest.params, sort_keys=True)
        if key not in self._books:
            try:
                self._books[key] = load_policy(self.store.folder(manifest.period) / manifest.revision)
            except PolicyError:
                self._books[key] = None
        return self._books[key]

    def stands(self, present: Manifest, wanted: Manifest, today: PolicyBook) -> bool:
        """Tell whether a revision comes from what there is now.

        A comment, an entry that begins later and a holiday out of the month's reach are no change of the rules (S39).
        """
        is_same_but_rules = present.is_built_from(wanted.model_copy(update={"params": present.params}))
        return is_same_but_rules and not self.list_changed(present, wanted, today)

    def list_changed(self, present: Manifest, wanted: Manifest, today: PolicyBook) -> list[str]:
        """Return the files of rules that are others for a revision's month; by their bytes where it keeps none."""
        if present.params == wanted.params:
            return []
        book = self.read(present)
        if book is None:
            return list_differing(present.params, wanted.params)
        changed = list_changed_rules(book, today, present.period, present.publication_day, present.known)
        return [f"params/{name}" for name in changed]
