"""What are the rules in this month? Typed models of `params/`, their loading and cross-checks, table schemas."""
