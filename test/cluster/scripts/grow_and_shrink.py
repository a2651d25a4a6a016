"""Has much to do, then nothing, for as long as each takes to be seen: dynamic allocation grows and shrinks."""
import time

from pyspark.sql import SparkSession

LIMIT_SECONDS = 90
spark = SparkSession.builder.getOrCreate()
context = spark.sparkContext


def executors() -> int:
    return context._jsc.sc().getExecutorMemoryStatus().size() - 1


def wait_until(what, condition) -> None:
    end = time.monotonic() + LIMIT_SECONDS
    while not condition():
        assert time.monotonic() < end, f"{what}: still {executors()} executors"
        time.sleep(0.5)
    print(f"{what}: {executors()} executors", flush=True)


def work(_) -> None:
    time.sleep(2)


wait_until("begun", lambda: executors() >= 1)
most = 0
end = time.monotonic() + LIMIT_SECONDS
while most < 3 and time.monotonic() < end:
    context.parallelize(range(9), 9).foreach(work)
    most = max(most, executors())
print(f"grown: {most} executors", flush=True)
wait_until("shrunk", lambda: executors() == 1)
# The pods that were given up take a moment to end: time for whoever looks from outside.
time.sleep(15)
spark.stop()
