#!/bin/sh
# preStop hook of executors, as Spark's images have it (decom.sh): SIGPWR asks the executor to hand its blocks on, then to end.
for process in /proc/[0-9]*; do
  if tr '\0' ' ' <"$process/cmdline" | grep -q '^java .*KubernetesExecutorBackend'; then
    kill -s PWR "${process#/proc/}"
    timeout 25 tail --pid="${process#/proc/}" -f /dev/null
  fi
done
