/**
 * Documents for the bench of specs: as large as they may be (256 KiB, or the values that one document may have), each bad
 * for another part of the way from bytes to a verdict.
 */

/** 256 KiB: what a spec may have. */
const SIZE = 256 * 1024
/** A little below what one document may hold, or everything would be refused at the limit. */
const VALUES = 4_900

const head = `apiVersion: sparkoperator.k8s.io/v1beta2
kind: SparkApplication
metadata:
  name: large
spec:
  type: Python
  mode: cluster
  sparkVersion: 4.0.1
  image: registry.example.com/spark:4.0.1
  mainApplicationFile: s3a://code/job.py
  driver: {cores: 1, memory: 2g}
  executor: {cores: 1, memory: 2g, instances: 2}
`

/** Each shape's name and its text; texts are made when they are asked for. */
export const specShapes: Readonly<Record<string, () => string>> = {
  'settings that are accepted': () => `${head}  sparkConf:\n${lines(VALUES, index => `    spark.sql.x${index}: "1"`)}`,
  'settings that are refused': () => `${head}  sparkConf:\n${lines(VALUES, index => `    x${index}: 1`)}`,
  'unknown fields': () => head + lines(VALUES, index => `  field${index}: 1`),
  'reserved labels': () => `${head}  driver:\n    labels:\n${lines(VALUES, index => `      spark-${index}: x`)}`,
  'arguments in lines': () => `${head}  arguments:\n${lines(VALUES, index => `  - argument ${index}`)}`,
  'arguments in brackets': () => `${head}  arguments: [${lines(VALUES, index => `    "argument ${index}",`)}  ]\n`,
  'environment variables': () =>
    `${head}  driver:\n    env:\n${lines(VALUES / 3, index => `    - name: E${index}\n      value: x`)}`,
  'quoted names, CRLF': () => lines(VALUES, index => `"name ${index}": 'v'\r`),
  'JSON fields': () => `{${lines(VALUES, index => `"name${index}": ${index},`)}"z": 1}`,
  'many short fields, too many': () => lines(SIZE / 6, index => `${index.toString(36)}: 1`),
  escapes: () => `a: "${'\\u00e9\\n'.repeat(SIZE / 8 - 4)}"`,
  'folded text': () => `a: >\n${'  word\n   word\n'.repeat(SIZE / 15)}`,
  'plain text over lines': () => `a: ${'b\n  '.repeat(SIZE / 4 - 2)}`,
  comments: () => `${head}${'  # c\n'.repeat((SIZE - head.length) / 6)}`,
  'the smallest jobs, 600 of them': () => `${head}---\n`.repeat(600),
  'small documents, 1,000': () => 'main: s3://code/job.py\n---\n'.repeat(1_000),
}

function lines(count: number, line: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => `${line(index)}\n`).join('')
}
