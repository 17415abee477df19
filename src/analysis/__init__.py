"""Supervision of how a district's departments perform their statutory functions (机关职能运行监管)."""
