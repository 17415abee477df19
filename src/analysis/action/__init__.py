"""What follows? Consequences, watch list, rectification ledger, inspection draw."""
