"""A project: a root folder with its settings and contracts, and everything that can be asked for.

The parts are wired together only here: the command line calls a `Project`, and nothing below it.
"""

from firmograph.project.project import Project

__all__ = ["Project"]
