/**
 * One tree that holds several jobs → their own trees: a list of objects, and `kind: List` as `kubectl get -o yaml` prints it.
 */
import { describeProblem, type FoundProblem, type ParsedDocument } from './document-builder.ts'
import { fieldAt, textOf, type SourceNode } from './source-node.ts'

/**
 * The documents of a tree, with their problems. Items that become documents are cut loose from the tree, so that paths begin
 * at them. A list with anything but objects (the words of a command line) stays one document.
 */
export function splitJobs(root: SourceNode, problems: readonly FoundProblem[]): readonly ParsedDocument[] {
  const jobs = jobsOf(root)
  if (jobs === undefined) return [{ root, problems: problems.map(describeProblem) }]
  for (const job of jobs) cutLoose(job)
  let next = 0
  return jobs.map((job, index) => {
    const end = jobs[index + 1]?.offset ?? Infinity
    const start = next
    while (next < problems.length && (problems[next]?.offset ?? Infinity) < end) next += 1
    return { root: job, problems: problems.slice(start, next).map(describeProblem) }
  })
}

/** The items of a tree that are jobs; undefined where the tree itself is the document. */
function jobsOf(root: SourceNode): readonly SourceNode[] | undefined {
  const list = isKubernetesList(root) ? fieldAt(root, 'items') : root
  if (list?.kind !== 'list' || list.items.length === 0) return undefined
  return list.items.every(item => item.kind === 'map') ? list.items : undefined
}

const listKinds = new Set(['List', 'SparkApplicationList', 'ScheduledSparkApplicationList'])

function isKubernetesList(root: SourceNode): boolean {
  return listKinds.has(textOf(fieldAt(root, 'kind')) ?? '')
}

/** The one place where a node changes: nobody else has seen the tree yet. */
function cutLoose(node: SourceNode): void {
  Object.assign(node, { parent: undefined, key: undefined, keyOffset: node.offset })
}
