"""Fills MEBIBYTES of memory and ends; killed by the kernel where the container has less. No SparkSession: it is quick."""
import sys

BLOCK = 50
kept = [bytearray(b"x" * (BLOCK << 20)) for _ in range(int(sys.argv[1]) // BLOCK)]
print(f"allocated {len(kept) * BLOCK} MiB", flush=True)
