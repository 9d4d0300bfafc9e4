"""A project with all its commands."""

from firmograph.project.publishing import PublishingProject
from firmograph.project.reading import ReadingProject


class Project(ReadingProject, PublishingProject):
    """A root folder with its uploads, its lake, its settings and its contracts.

    Args:
        root: the root folder, which may hold ``firmograph.toml``; or ``s3://bucket/prefix`` or
            ``gs://bucket/prefix``, from which settings, contracts, marts and dashboards are copied.
        spark: a Spark session to work in; its own settings and views are left alone.
        settings: override the file and the environment, by name.

    Raises:
        SettingsError: naming the setting, its value, its origin and what is allowed.
    """

    def again(self) -> "Project":
        """The same project, with its settings and contracts read anew."""
        return Project(self._root, spark=self._spark, **self.configuration.flags)
