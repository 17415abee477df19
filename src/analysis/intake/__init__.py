"""What was delivered, and is every row accounted for? Reading, recognising, cleaning, problems, reconciliation."""
