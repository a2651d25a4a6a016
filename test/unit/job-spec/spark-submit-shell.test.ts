/** What a shell would do and the gateway does not; hostile and random lines. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toJson } from '../../../shared/domain/job-spec/document/source-node.ts'
import { makeFindingCollector } from '../../../shared/domain/job-spec/findings/finding-collector.ts'
import type { Finding } from '../../../shared/domain/job-spec/findings/finding.ts'
import {
  looksLikeSparkSubmit,
  parseSparkSubmit,
} from '../../../shared/domain/job-spec/spark-submit/parse-spark-submit.ts'

function shellFindings(text: string): readonly Finding[] {
  const findings = makeFindingCollector(text)
  parseSparkSubmit(text, findings)
  return findings.findings().filter(({ rule }) => rule.startsWith('shell-'))
}

describe('what only a shell can do is named with its place', () => {
  test.each([
    ['spark-submit --conf spark.a=$DAY local:///a.py', 'shell-variable', 29],
    ['spark-submit local:///a.py "day: ${DAY}"', 'shell-variable', 34],
    ['spark-submit local:///a.py $(date +%F)', 'shell-substitution', 28],
    ['spark-submit local:///a.py "`date`"', 'shell-substitution', 29],
    ["spark-submit local:///a.py $'a\\n'", 'shell-dollar-quote', 28],
    ['spark-submit --jars /opt/jars/*.jar local:///a.py', 'shell-glob', 21],
    ['spark-submit --jars s3a://b/{x,y}.jar local:///a.py', 'shell-braces', 21],
    ['spark-submit local:///a.py “a”', 'shell-typographic-quote', 28],
    ['spark-submit local:///a.py > out.log', 'shell-redirection', 28],
    ['spark-submit local:///a.py 2>&1', 'shell-redirection', 28],
    ['spark-submit local:///a.py <<EOF\nx\nEOF', 'shell-here-document', 28],
    ['spark-submit --properties-file <(cat x) local:///a.py', 'shell-here-document', 32],
    ['spark-submit local:///a.py | tee log', 'shell-operator', 28],
    ['spark-submit local:///a.py && echo done', 'shell-operator', 28],
    ['spark-submit local:///a.py; rm -rf /', 'shell-operator', 27],
    ['spark-submit local:///a.py http://h/?a=1&b=2', 'shell-operator', 41],
    ['spark-submit local:///a.py "open', 'shell-open-quote', 28],
    ["spark-submit 'open local:///a.py", 'shell-open-quote', 14],
    ['spark-submit --name a \\  \n local:///a.py', 'shell-blank-after-backslash', 23],
  ])('%s: %s', (text, rule, column) => {
    expect(shellFindings(text)).toMatchObject([{ rule, line: 1, column }])
  })

  test('a line without its backslash is an error once, and read on', () => {
    const text = 'spark-submit --name a\n  --conf spark.a=b\n  local:///a.py\n'
    expect(shellFindings(text)).toMatchObject([{ rule: 'shell-line-end', line: 2, column: 3 }])
    const document = parseSparkSubmit(text, makeFindingCollector(text))
    expect(document && toJson(document.root)).toMatchObject({ spec: { sparkConf: { 'spark.a': 'b' } } })
  })

  test.each([
    "spark-submit local:///a.py '$HOME' '`x`' '*' '>' '{a,b}' \\$HOME \\* \"\\$x\" 'a|b;c&d' $ a$ 'it' it#1 # c",
    'spark-submit --master local[*] --conf spark.a=x*y s3a://b/*/a.py s3a://b/p*/d?.csv',
    'spark-submit local:///a.py "cost $ 5" "a$" a{b}c {} --opt={x}',
  ])('and what is no such thing passes: %s', text => expect(shellFindings(text)).toEqual([]))

  test('a value that only the shell knows is used nowhere', () => {
    const text =
      'spark-submit --executor-memory $MEM --conf spark.a=$X --conf $Y --name $N --jars $J --class $C local:///a.jar'
    const document = parseSparkSubmit(text, makeFindingCollector(text))
    expect(JSON.stringify(document && toJson(document.root))).not.toContain('$')
  })
})

describe('hostile lines', () => {
  const hostile = [
    'spark-submit --conf __proto__=x local:///a.py',
    'spark-submit --conf constructor=x local:///a.py',
    'spark-submit --conf spark.kubernetes.driver.label.__proto__=x local:///a.py',
    'spark-submit --name a local:///a.py --properties-file p\n# properties-file: p\nspark.a \\u0000',
    'spark-submit --name a --properties-file p local:///a.py\n# properties-file: p\nspark.a x\\u202ey',
    `spark-submit --conf spark.${'a'.repeat(600)}=1 local:///a.py`,
  ]
  test.each(hostile)('%s', text => {
    const findings = makeFindingCollector(text)
    const document = parseSparkSubmit(text, findings)
    const json = JSON.stringify(document && toJson(document.root))
    expect(json).not.toMatch(/__proto__|constructor|a{600}|\\u0000|\u202e/)
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
  })

  test('names that objects know are errors with their place', () => {
    const text = 'spark-submit --conf spark.kubernetes.executor.label.constructor=x local:///a.py'
    const findings = makeFindingCollector(text)
    parseSparkSubmit(text, findings)
    expect(findings.findings()[0]).toMatchObject({
      rule: 'dangerous-key',
      path: '["--conf"]["spark.kubernetes.executor.label.constructor"]',
      column: 21,
    })
  })

  test('too many words or values end with one error for each limit', () => {
    for (const text of [
      `spark-submit local:///a.py ${'x '.repeat(20_000)}`,
      `spark-submit --jars ${'x,'.repeat(30_000)} local:///a.py`,
    ]) {
      const findings = makeFindingCollector(text)
      parseSparkSubmit(text, findings)
      const rules = findings.findings().map(({ rule }) => rule)
      expect(rules.filter(rule => rule === 'document-too-large')).toHaveLength(1)
      expect(rules.length).toBeLessThan(10)
    }
  })
})

describe('whatever comes, there is an answer', () => {
  const words =
    '--conf --name --class --jars --properties-file --supervise --master --x - = spark.a=b __proto__ a.py local[*] k8s://x'
  const settings = 'spark.kubernetes.driverEnv.A=1 spark.dynamicAllocation.enabled=1 spark.kubernetes.driver.label.a=b'
  const signs = '" \' \\ $ ` $( ${ ) } * {a,b} # ; && | > << 2>&1 “ – , \\u00 spark.a\\'
  const blanks = [' ', '  ', '\t', '\n', '\\\n', '\r\n', '\u00a0', '\n# properties-file: p\n']
  const piece = fc.oneof(
    fc.constantFrom(...blanks, ...`${words} ${settings} ${signs}`.split(' ')),
    fc.string({ maxLength: 6, unit: 'binary' }),
  )
  test('for random lines', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), pieces => {
        const text = `spark-submit ${pieces.join('')}`
        const findings = makeFindingCollector(text)
        const document = parseSparkSubmit(text, findings)
        looksLikeSparkSubmit(pieces.join(''))
        expect(document).toBeDefined()
        for (const { rule, path, message, line } of findings.findings()) {
          expect(rule).toMatch(/^[a-z][a-z0-9-]+$/)
          expect(`${path}${message}`).not.toMatch(/\p{Cc}/u)
          expect(line).toBeGreaterThan(0)
        }
        expect(() => JSON.stringify(document && toJson(document.root))).not.toThrow()
      }),
      { numRuns: 1_000 },
    )
  })

  /** A quarter of a megabyte takes some 10 ms here; quadratic work would take minutes. */
  const MAX_MILLISECONDS = 1_000
  const units =
    'x |"|\'|\\|$(|${|`|\\ |{,|{a,b}|#|=|--x=|--conf a=b |--conf spark.a |--jars ,|--x |\'a\'|"a\\"|$a|*|“|>x |2>|A=1 |;'
  test.each([...units.split('|'), '\t', '\n', '\r', '\\\n', '# properties-file: p\n'])(
    '256 KiB of %j take linear time',
    unit => {
      const text = `spark-submit local:///a.py ${unit.repeat(Math.floor(262_144 / unit.length))}`
      const started = performance.now()
      parseSparkSubmit(text, makeFindingCollector(text))
      parseSparkSubmit(text.replace('local:///a.py', ''), makeFindingCollector(text))
      looksLikeSparkSubmit(text.slice(27))
      const file = `spark-submit --properties-file p a.py\n# properties-file: p\n${text.slice(27)}`
      parseSparkSubmit(file, makeFindingCollector(file))
      expect(performance.now() - started).toBeLessThan(MAX_MILLISECONDS)
    },
  )
})
