"""Says a number a second, SECONDS long: something to read live, to cancel, to time out. No SparkSession: it is quick."""
import sys
import time

for second in range(int(sys.argv[1])):
    print(f"second {second}", flush=True)
    time.sleep(1)
print("counted to the end", flush=True)
