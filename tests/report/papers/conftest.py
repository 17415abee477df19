"""The made-up month of the packs, in which every unit's every text carries a mark of its own."""

from ..packs.conftest import content, policy

__all__ = ["content", "policy"]
