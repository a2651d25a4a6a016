/** `sparkgate validate`: the gateway's own checks, offline. */
import { readFileSync } from 'node:fs'
import type { PolicyLevel } from '../shared/domain/job-spec/canonical-spec.ts'
import { parseJobSpec } from '../shared/domain/job-spec/parse-job-spec.ts'
import { renderFindings } from './render-findings.ts'
import { EXIT, UsageError } from './arguments.ts'
import type { Arguments } from './arguments.ts'

export async function validate({ positionals, options }: Arguments): Promise<number> {
  const policy = options['policy'] ?? 'strict'
  if (policy !== 'strict' && policy !== 'open') throw new UsageError('--policy is strict or open')
  if (positionals.length === 0) throw new UsageError('validate needs at least one FILE, or - for standard input')
  const verdicts = positionals.map(file => validateFile(file, policy, String(options['team'] ?? 'team')))
  if (options['output'] === 'json') {
    console.log(JSON.stringify(verdicts.map(({ text: _text, ...verdict }) => verdict)))
  } else {
    for (const { file, verdict, findings, text } of verdicts) {
      console.log(`${verdict === 'accepted' ? '✓' : '✗'} ${file}: ${verdict}`)
      if (findings.length > 0) console.log(renderFindings(findings, text))
    }
  }
  return verdicts.some(({ verdict }) => verdict === 'refused') ? EXIT.refused : EXIT.ok
}

function validateFile(file: string, policy: PolicyLevel, team: string) {
  const bytes = readFileSync(file === '-' ? 0 : file)
  const judged = parseJobSpec({ bytes }, { team, policy, namespace: team, serviceAccount: 'spark' })
  const name = judged.verdict === 'accepted' ? judged.spec.name : judged.name
  return {
    file,
    ...(name !== undefined && { name }),
    verdict: judged.verdict,
    findings: judged.findings,
    text: bytes.toString('utf8'),
  }
}
