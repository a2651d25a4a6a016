/**
 * What several fields say together: limits below requests, bounds in the wrong order, a jar without its class.
 * Each of these is refused by Kubernetes, Spark or the operator only when the job has already been submitted.
 */
import type { FindingCollector } from '../findings/finding-collector.ts'
import type { SourceMap } from '../document/source-node.ts'
import { checkDuplicates } from './check-duplicates.ts'
import { checkExecutorBounds } from './check-executor-bounds.ts'
import { checkPlacement } from './check-placement.ts'
import { checkPodSizes } from './check-pod-sizes.ts'
import { checkProgram } from './check-program.ts'
import { checkSettingRelations } from './check-setting-relations.ts'
import { checkVolumeSettings } from './check-volume-settings.ts'
import { checkVolumes } from './check-volumes.ts'

/** Checks the relations inside `spec`. Call after the checks of single fields; wrong fields are passed over here. */
export function checkRelations(spec: SourceMap, findings: FindingCollector): void {
  checkProgram(spec, findings)
  checkPodSizes(spec, findings)
  checkExecutorBounds(spec, findings)
  checkVolumes(spec, findings)
  checkDuplicates(spec, findings)
  checkPlacement(spec, findings)
  checkSettingRelations(spec, findings)
  checkVolumeSettings(spec, findings)
}
