"""What changed, and what do citizens say? Trends, hotline measures, the cross-duty model."""
