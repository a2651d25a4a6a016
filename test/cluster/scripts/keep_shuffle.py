"""Shuffles ROWS numbers, says so, works slowly on the shuffled data for about SECONDS with two executors, and prints their sum."""
import sys
import time

from pyspark.sql import SparkSession

rows, seconds = int(sys.argv[1]), int(sys.argv[2])
TASKS = 2 * seconds
spark = SparkSession.builder.getOrCreate()
sums = spark.sparkContext.parallelize(range(rows), 4).map(lambda n: (n % TASKS, n)).reduceByKey(lambda a, b: a + b, TASKS)
print(f"shuffled: {sums.count()} groups", flush=True)


def slowly(pairs):
    time.sleep(1)
    return [value for _, value in pairs]


print(f"sum: {sums.mapPartitions(slowly).sum()} of {rows * (rows - 1) // 2}", flush=True)
spark.stop()
