/** From a text to the object that is created for it, with an identity that never changes. */
import type { JsonObject, SpecVerdict } from '../../../shared/domain/job-spec/canonical-spec.ts'
import {
  objectNameFor,
  renderSparkApplication,
} from '../../../shared/domain/job-spec/rendering/render-spark-application.ts'
import { makeContext, parseText } from './spec-documents.ts'

const jobId = 'jabcdefghijkl234567mnopqr'

/** The SparkApplication for a text that a trusted team submits; throws with the findings if it is refused. */
export function renderText(text: string): JsonObject {
  return renderVerdict(parseText(text, 'open'))
}

export function renderVerdict(verdict: SpecVerdict): JsonObject {
  if (verdict.verdict !== 'accepted') throw new Error(JSON.stringify(verdict.findings, undefined, 2))
  const { team, namespace, serviceAccount } = makeContext()
  return renderSparkApplication({
    spec: verdict.spec,
    // Not the real one: any change of the canonical form would change every file.
    specHash: '0'.repeat(64),
    jobId,
    team,
    attempt: 1,
    objectName: objectNameFor(verdict.spec.name, jobId, 1),
    namespace,
    serviceAccount,
    timeToLiveSeconds: 259_200,
    remedies: [],
  })
}
