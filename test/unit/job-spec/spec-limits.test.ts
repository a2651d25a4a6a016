import { describe, expect, test } from 'vitest'
import { parseJobSpecs } from '../../../shared/domain/job-spec/parse-job-spec.ts'
import { makeContext } from './spec-documents.ts'

const KIBIBYTE = 1024
/** CPU time of this thread, generous: the worst single document takes 100 ms as the first of a process (bench/specs.ts). */
const MAX_CPU_MILLISECONDS = 500
/** A thousand documents, each with its verdict. */
const MAX_CPU_OF_MANY = 1_500

const head =
  'apiVersion: sparkoperator.k8s.io/v1beta2\nkind: SparkApplication\nmetadata:\n  name: x\nspec:\n  type: Python\n'

function fill(size: number, part: (index: number) => string): string {
  const parts: string[] = []
  for (let length = 0, index = 0; length < size; index++) {
    const next = part(index)
    parts.push(next)
    length += next.length
  }
  return parts.join('').slice(0, size)
}

/** Documents of a given size that are bad for parsers and checks. */
const worstCases: Readonly<Record<string, (size: number) => string>> = {
  'one map of short keys': size => fill(size, index => `${index.toString(36)}:\n`),
  'one map with values': size => fill(size, index => `k${index}: 1\n`),
  'one doubled key': size => fill(size, () => 'a: 1\n'),
  'open lists': size => '['.repeat(size),
  'open maps': size => '{'.repeat(size),
  'lists that close': size => '['.repeat(size / 2) + ']'.repeat(size / 2),
  'growing indentation': size => fill(size, index => `${' '.repeat(index)}a:\n`),
  'lists in lists': size => '- '.repeat(size / 2),
  'a flow list': size => `[${'1,'.repeat(size / 2 - 2)}1]`,
  'a flow map': size => `{${fill(size - 20, index => `a${index}: 1,`)}b: 1}`,
  'commas only': size => `[${','.repeat(size - 2)}]`,
  'a long word': size => `a: ${'x'.repeat(size - 3)}`,
  'a long key': size => `${'x'.repeat(size - 3)}: 1`,
  'escapes in a text': size => `a: "${'\\n'.repeat(size / 2 - 4)}"`,
  'wrong escapes': size => `a: "${'\\q'.repeat(size / 2 - 4)}"`,
  'an open text of escaped quotes': size => `{"${'\\"'.repeat(size / 2 - 1)}`,
  'lines in a text': size => `a: "${'\n'.repeat(size - 6)}"`,
  'quotes only': size => '"'.repeat(size),
  anchors: size => fill(size, index => `- &a${index} 1\n`),
  aliases: size => '- *a\n'.repeat(size / 5),
  tags: size => '!a '.repeat(size / 3),
  directives: size => '%a\n'.repeat(size / 3),
  documents: size => '---\n'.repeat(size / 4),
  'documents with content': size => 'a\n---\n'.repeat(size / 6),
  'documents with jobs': size => 'main: [1]\n---\n'.repeat(size / 14),
  'small maps in a list': size => '- {a: 1}\n'.repeat(size / 9),
  'JSON values': size => '{"a": 1}\n'.repeat(size / 9),
  'open quotes in many documents': size => 'a: "\n---\n'.repeat(size / 9),
  'wrong directives': size => '%YAML 1.1\n---\n'.repeat(size / 14),
  'folded text': size => `a: >\n${'  b\n   c\n'.repeat(size / 9 - 2)}`,
  'plain text over lines': size => `a: ${'b\n  '.repeat(size / 4 - 2)}`,
  'names in quotes, CRLF': size => fill(size, index => `"name ${index}": 'v'\r\n`).slice(0, -2),
  'JSON with a mistake at its end': size => `{${fill(size - 20, index => `"a${index}":"b",`)}}`,
  'a JSON text with a mistake at its end': size => `["${'\\n'.repeat(size / 2 - 4)}\\q"]`,
  comments: size => '# c\n'.repeat(size / 4),
  'empty lines': size => `a: 1${'\n'.repeat(size - 4)}`,
  'closing brackets': size => ']'.repeat(size),
  'block scalars': size => '|\n'.repeat(size / 2),
  'explicit keys': size => '? a\n'.repeat(size / 4),
  spaces: size => ' '.repeat(size),
  'JSON keys': size => `{${fill(size - 20, index => `"${index}":1,`)}"z":1}`,
  'JSON doubled keys': size => `{${fill(size - 20, () => '"a":1,')}"a":1}`,
  'JSON lists': size => `[${'1,'.repeat(size / 2 - 2)}1]`,
  settings: size => `${head}  sparkConf:\n${fill(size - 200, index => `    spark.sql.x${index}: "1"\n`)}`,
  'wrong settings': size => `${head}  sparkConf:\n${fill(size - 200, index => `    x${index}: 1\n`)}`,
  'unknown fields': size => head + fill(size - 200, index => `  driverx${index}: 1\n`),
  'reserved labels': size => `${head}  driver:\n    labels:\n${fill(size - 200, index => `      spark-${index}: x\n`)}`,
  'long nested keys': size =>
    `${head}  driver:\n    template:\n${fill(size - 200, index => `${' '.repeat(6 + (index % 20))}${'k'.repeat(400)}${index}:\n`)}`,
  'arguments like credentials': size => `${head}  arguments: ["${'eyJ.AKIA bearer '.repeat(size / 16 - 20)}"]`,
  'a class of many parts': size => `${head}  mainClass: ${'a.'.repeat(size / 2 - 100)}`,
  'an image of many parts': size => `${head}  image: ${'a:'.repeat(size / 2 - 100)}`,
}

describe('the worst documents are answered in time', () => {
  const cases = Object.entries(worstCases).flatMap(([name, make]) =>
    [32, 64, 128, 256].map(size => [name, size, make] as const),
  )

  test.each(cases)('%s, %i KiB', (_, size, make) => {
    const bytes = new TextEncoder().encode(make(size * KIBIBYTE))
    const before = process.threadCpuUsage()
    const verdicts = parseJobSpecs({ bytes }, makeContext('strict'))
    const { user, system } = process.threadCpuUsage(before)
    const limit = verdicts.length > 1 ? MAX_CPU_OF_MANY : MAX_CPU_MILLISECONDS
    expect((user + system) / 1_000).toBeLessThan(limit)
    expect(verdicts.map(({ verdict }) => verdict)).not.toContain('accepted')
    for (const { findings } of verdicts) {
      expect(findings.length).toBeLessThanOrEqual(101)
      expect(Math.max(...findings.map(({ message, path }) => message.length + path.length))).toBeLessThan(2_000)
    }
  })
})
