"""The command line: `tenon …`. `main` has the list of commands, one module a group.

Modules import only what reading the arguments needs; the heavy parts come with the act.
"""
