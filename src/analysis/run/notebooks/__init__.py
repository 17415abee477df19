"""Notebooks of a month, executed: kernels, forks, schedule, parameters."""
