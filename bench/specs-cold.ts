/**
 * One shape's first verdict in a process that has parsed nothing, as a Lambda's first request is; prints the CPU time of
 * its thread in milliseconds, without the loading of modules. Run by `specs.ts`.
 */
import { parseJobSpecs } from '../shared/domain/job-spec/parse-job-spec.ts'
import { specContext } from './specs-context.ts'
import { specShapes } from './specs-shapes.ts'

const text = specShapes[process.argv[2] ?? '']?.()
if (text === undefined) throw new Error(`there is no shape ${process.argv[2]}`)
const bytes = new TextEncoder().encode(text)
const before = process.threadCpuUsage()
parseJobSpecs({ bytes, maxBytes: bytes.length }, specContext)
const { user, system } = process.threadCpuUsage(before)
process.stdout.write(String((user + system) / 1000))
