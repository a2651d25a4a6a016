/** Every known mistake of Spark on Kubernetes that is told and not refused; docs/advice.md is written from it. */
import type { AdviceRow } from './advice-row.ts'
import { accessAdvice } from './access-advice.ts'
import { memoryAdvice } from './memory-advice.ts'
import { platformAdvice } from './platform-advice.ts'
import { scratchAdvice } from './scratch-advice.ts'
import { workAdvice } from './work-advice.ts'

/** The rows, each with an id of its own. */
export const adviceTable: readonly AdviceRow[] = [
  ...memoryAdvice,
  ...workAdvice,
  ...scratchAdvice,
  ...accessAdvice,
  ...platformAdvice,
]
