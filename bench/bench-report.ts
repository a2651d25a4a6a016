/** What a bench answers, how it is printed (a Markdown table, so that RESULTS.md is the output itself), and its statistics. */
export interface BenchReport {
  readonly title: string
  /** What was measured against what, in one or two sentences. */
  readonly how: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
  /** Each budget of the design with the measured value. */
  readonly verdicts: readonly Verdict[]
}

export interface Verdict {
  readonly budget: string
  readonly measured: string
  readonly met: boolean
}

export interface BenchOptions {
  /** Fewer repeats: shows that a bench works, not what is true. */
  readonly quick: boolean
}

export type Bench = (options: BenchOptions) => Promise<BenchReport>

export function renderReport(report: BenchReport): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [
    `## ${report.title}`,
    '',
    report.how,
    '',
    line(report.columns),
    line(report.columns.map(() => '---')),
    ...report.rows.map(line),
    '',
    ...report.verdicts.map(
      ({ budget, measured, met }) => `- ${met ? 'met' : '**missed**'}: ${budget}; measured ${measured}`,
    ),
    '',
  ].join('\n')
}

/** The value below which `share` (0 … 1) of the values lie; NaN without values. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

export const median = (values: readonly number[]): number => quantile(values, 0.5)

/** Half the distance between the quartiles over the median: the noise of a run, in percent. */
export const noisePercent = (values: readonly number[]): string =>
  `±${(((quantile(values, 0.75) - quantile(values, 0.25)) / 2 / median(values)) * 100).toFixed(0)} %`
