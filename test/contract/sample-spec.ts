/** A canonical spec for stores: they keep it as it is and do not look inside. */
import type { CanonicalSpec } from '../../shared/domain/job-spec/canonical-spec.ts'

/** Small, nested, and with text beyond ASCII. */
export const SPEC: CanonicalSpec = {
  version: 1,
  name: 'etl',
  application: {
    type: 'Python',
    arguments: ['größe', ''],
    driver: { cores: 1, memory: '2g' },
    executor: { instances: 2 },
  },
  labels: { owner: 'ada' },
  retry: { onFailure: 2, onFailureIntervalSeconds: 10 },
}
