/**
 * Values of a command line that the gateway decides itself: where the job runs, and in which mode.
 */
import { closestWord } from '../checks/closest-word.ts'
import type { Judgement } from './submit-use.ts'

/** What each kind of master means here; the address itself is never passed on. */
const masters: readonly { readonly pattern: RegExp; readonly message: string }[] = [
  { pattern: /^k8s:\/\//, message: 'The gateway chooses the cluster and its API server.' },
  {
    pattern: /^yarn(-client|-cluster)?$/,
    message: 'The job runs on Kubernetes instead of YARN; memory, cores and executors are taken over as they are.',
  },
  { pattern: /^local(\[[0-9*, ]{1,40}\])?$/, message: 'The job runs on a cluster, with executors of its own.' },
  { pattern: /^local-cluster\[/, message: 'The job runs on a cluster, with executors of its own.' },
  { pattern: /^spark:\/\//, message: 'The job runs on Kubernetes instead of a standalone cluster.' },
  { pattern: /^mesos:\/\//, message: 'The job runs on Kubernetes instead of Mesos, which Spark 4 has no part for.' },
]

/** `--master`: known ones are left out, others are slips. */
export function judgeMaster(value: string): Judgement {
  const known = masters.find(({ pattern }) => pattern.test(value))
  if (known !== undefined) return { severity: 'rewritten', rule: 'master-of-gateway', message: known.message }
  const suggestion = closestWord(value, ['yarn', 'local'])
  return {
    severity: 'error',
    rule: 'not-one-of',
    message: 'This is not the address of a cluster manager. The gateway chooses the cluster: leave the option out.',
    allowed: 'k8s://…, yarn, local[*], spark://… (all mean the cluster that the gateway chooses)',
    ...(suggestion !== undefined && { suggestion: `--master ${suggestion}` }),
  }
}

/** `--deploy-mode` and `spark.submit.deployMode`. */
export function judgeDeployMode(value: string): Judgement | undefined {
  if (value === 'cluster') return undefined
  if (value === 'client') {
    const message = "The driver runs on the cluster (mode cluster); what it prints is in the job's logs."
    return { severity: 'rewritten', rule: 'deploy-mode-cluster', message, suggestion: '--deploy-mode cluster' }
  }
  const message = 'There is no such mode.'
  return { severity: 'error', rule: 'not-one-of', message, allowed: 'cluster', suggestion: '--deploy-mode cluster' }
}
