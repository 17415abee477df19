"""The command line: each command reads the policy, calls one function of `run/` and prints."""
