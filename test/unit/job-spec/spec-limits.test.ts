import { describe, expect, test } from 'vitest'
import { parseText } from './spec-documents.ts'

const KIBIBYTE = 1024
/** Generous: on a quiet machine of two cores the worst takes 150 ms, the quadratic reading took 7,800 ms. */
const MAX_MILLISECONDS = 1_500

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
    const text = make(size * KIBIBYTE)
    const start = performance.now()
    const verdict = parseText(text, 'strict')
    expect(performance.now() - start).toBeLessThan(MAX_MILLISECONDS)
    expect(verdict.verdict).toBe('refused')
    expect(verdict.findings.length).toBeLessThanOrEqual(101)
    for (const { message, path } of verdict.findings) expect(message.length + path.length).toBeLessThan(2_000)
  })
})
