"""The job of `pyspark_dataframes.py` with Spark's defaults: small files are not packed.

python benchmarks/peers/pyspark_plain.py UPLOADS TARGET
"""

import sys
from pathlib import Path

import pyspark_dataframes

PACKING = (
    "spark.sql.files.openCostInBytes",
    "spark.sql.files.maxPartitionBytes",
    "spark.sql.sources.parallelPartitionDiscovery.threshold",
)

if __name__ == "__main__":
    for name in PACKING:
        del pyspark_dataframes.SETTINGS[name]
    pyspark_dataframes.main(Path(sys.argv[1]), Path(sys.argv[2]))
