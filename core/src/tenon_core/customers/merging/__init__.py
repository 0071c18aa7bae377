"""Merging two records of one kind, with everything that refers to them, and undoing it.

`references` finds every place in the tables of all plugins from their declarations, `merge`
repoints them with a journal, `undo` takes the journal back.
"""

from tenon_core.customers.merging.merge import Merging, RecordsMerged, merge
from tenon_core.customers.merging.undo import MergeUndone, undo

__all__ = ["MergeUndone", "Merging", "RecordsMerged", "merge", "undo"]
