"""Filters an archive of runs where it lies: each partition of JSON Lines goes
through window-filter, which keeps the order of its lines.

    spark-submit --files maintenance.csv filter_runs.py \
        --timetable maintenance.csv s3a://lake/runs/ s3a://lake/selected/ -- --before 15m

INPUT and OUTPUT are what Spark reads and writes as text (gzip as well). Each worker
needs window-filter on the PATH that is set here (or where --window-filter says), and
the timetable by the name that is given here:
`--files` puts it into the working directory of YARN's and Kubernetes' workers; with a
local master it is a path as any other. What follows `--` is flags of window-filter.

A line that it cannot read ends the job (65 in the log), and OUTPUT has no _SUCCESS.
End records are left out: they count the lines of a list, and a partition is a part of
one. So the output is for reports, and not for task-pause.
"""

import argparse
import os
import shlex
import sys

from pyspark.sql import SparkSession


def main(arguments):
    flags = []
    if "--" in arguments:
        at = arguments.index("--")
        arguments, flags = arguments[:at], arguments[at + 1 :]
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--timetable", action="append", required=True, metavar="FILE")
    parser.add_argument("--window-filter", default="window-filter", metavar="PROGRAM")
    parser.add_argument("input")
    parser.add_argument("output")
    wanted = parser.parse_args(arguments)

    # One core for each partition is what Spark counts on.
    command = [wanted.window_filter, "--threads", "1"]
    for timetable in wanted.timetable:
        command += ["--timetable", timetable]
    command = " ".join(shlex.quote(word) for word in command + flags)

    spark = SparkSession.builder.appName("filter_runs").getOrCreate()
    try:
        lines = spark.sparkContext.textFile(wanted.input)
        runs = lines.filter(lambda line: not line.startswith('{"end":'))
        # Without it, a worker's process has no PATH at all.
        path = {"PATH": os.environ.get("PATH", os.defpath)}
        runs.pipe(command, env=path, checkCode=True).saveAsTextFile(wanted.output)
    finally:
        spark.stop()


if __name__ == "__main__":
    main(sys.argv[1:])
