/**
 * What every format becomes before anything is checked: the tree of a SparkApplication whose values still know where their
 * author wrote them. One set of checks then holds for SparkApplication, short form and spark-submit alike, and its
 * findings speak in the words of the document at hand.
 */
import type { SourceMap } from './document/source-node.ts'

/** One job as its author described it, not yet checked. */
export interface JobDocument {
  /** `metadata` and `spec` (with `apiVersion` and `kind`) of a SparkApplication. Translated values carry `origin`. */
  readonly root: SourceMap
  /**
   * What is asked of the gateway, by the names of `optionTable` (options/gateway-options.ts); values not yet checked,
   * with `origin` where they came from an annotation or a field of another name.
   */
  readonly options: SourceMap
  /** `schedule`, `timeZone`, `concurrencyPolicy`, `suspend` as in a ScheduledSparkApplication; absent for a single job. */
  readonly schedule?: SourceMap
  /**
   * The author's words for a field that is not there: `spec.mainClass` is `["--class"]` on a command line. Undefined where
   * the format has none. Absent: the paths are those of the document itself.
   */
  readonly wordFor?: (path: string) => string | undefined
}
