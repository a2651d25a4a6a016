/** How Spark and the operator name what runs: the pods of an attempt, and the container of the program in each. */
import type { Attempt } from './job.ts'

/** The containers that run the program; others of a pod are sidecars. Spark's defaults, which no spec may change. */
export const PROGRAM_CONTAINERS = { driver: 'spark-kubernetes-driver', executor: 'spark-kubernetes-executor' } as const

/** The operator names the driver's pod after the SparkApplication. */
export const driverPodOf = ({ objectName }: Pick<Attempt, 'objectName'>): string => `${objectName}-driver`
