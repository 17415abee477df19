"""What each audience gets, and nothing else: leadership, each unit, the copied offices, the public (R20, S23, S26)."""
