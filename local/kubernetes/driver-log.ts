/**
 * The lines that Spark itself logs around a simulated program: enough to look and to diagnose like a driver's log.
 */
import type { SparkApplication } from './kubernetes-object.ts'
import type { DriverPlan } from './simulated-driver.ts'
import { sparkTime } from './submission-errors.ts'

/** At the container's start. */
export function startLines(app: SparkApplication, plan: DriverPlan, now: Date): string[] {
  const stamp = sparkTime(now)
  const first = [
    'WARNING: Using incubator modules: jdk.incubator.vector',
    `${stamp} WARN NativeCodeLoader: Unable to load native-hadoop library for your platform... using builtin-java classes where applicable`,
  ]
  if (plan.earlySeconds !== undefined) return first
  return [
    ...first,
    "Using Spark's default log4j profile: org/apache/spark/log4j2-defaults.properties",
    `${stamp} INFO SparkContext: Running Spark version ${app.spec.sparkVersion}`,
    `${stamp} INFO SparkContext: Submitted application: ${plan.appName ?? app.metadata.name}`,
    `${stamp} INFO SparkContext: This driver is simulated by Sparkgate's embedded cluster; no Spark is running`,
  ]
}

/** When the driver asks for executors. */
export function executorLines(count: number, now: Date): string[] {
  return [
    `${sparkTime(now)} INFO ExecutorPodsAllocator: Going to request ${count} executors from Kubernetes for ResourceProfile Id: 0, target: ${count}, known: 0, sharedSlotFromPendingPods: 2147483647.`,
  ]
}

/** An executor pod that the quota refused; the driver tries again every second. */
export function quotaLines(pod: string, text: string, now: Date): string[] {
  return [
    `${sparkTime(now)} ERROR ExecutorPodsSnapshotsStoreImpl: Failure executing: POST at: https://kubernetes.default.svc/api/v1/pods. Message: pods "${pod}" is forbidden: ${text}.`,
  ]
}

/** At the end of the program. Spark logs `exitCode 0` for jobs that exit with 1, too (recorded). */
export function endLines(plan: DriverPlan, now: Date): string[] {
  const stamp = sparkTime(now)
  const stop = `${stamp} INFO SparkContext: SparkContext is stopping with exitCode 0 from stop at SparkSubmit.scala:1036.`
  const context =
    plan.earlySeconds === undefined ? [stop, `${stamp} INFO SparkContext: Successfully stopped SparkContext`] : []
  return [...plan.output, ...context, `${stamp} INFO ShutdownHookManager: Shutdown hook called`]
}
