"""Says what it finds below FOLDER and in its environment, after an executor has worked; writes `done` for the sidecar."""
import os
import socket
import sys

from pyspark.sql import SparkSession

folder = sys.argv[1]
spark = SparkSession.builder.getOrCreate()
print(f"rows: {spark.range(100).repartition(2).count()}")
with open(f"{folder}/settings/city.txt") as file:
    print(f"settings: {file.read()}")
print(f"prepared by the init container: {'yes' if os.path.exists(f'{folder}/scratch/prepared') else 'no'}")
print(f"password length: {len(os.environ['PASSWORD'])}")
written = []
for name in ("scratch", "quick", "shared"):
    with open(f"{folder}/{name}/written-by-driver", "w") as file:
        file.write("x")
    written.append(name)
print(f"written: {' '.join(written)}")
print(f"host: {socket.gethostname()}")
spark.stop()
print("looked at everything", flush=True)
with open(f"{folder}/scratch/done", "w") as file:
    file.write("x")
