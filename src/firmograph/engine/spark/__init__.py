"""The Spark engine: the same verbs on Apache Spark. PySpark is imported here alone."""
