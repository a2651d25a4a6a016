/** Which files the operands of a command name. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findSpecFiles } from '../../cli/spec-files.ts'

let root: string

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'sparkgate-files-'))
  for (const directory of ['jobs/b/node_modules', 'jobs/b/.git', 'jobs/..data', 'empty'])
    mkdirSync(join(root, directory), { recursive: true })
  const files = [
    'jobs/z.yaml',
    'jobs/a.yml',
    'jobs/notes.md',
    'jobs/b/m.json',
    'jobs/b/n.spark-submit',
    'jobs/[1].yaml',
  ]
  const skipped = ['jobs/b/node_modules/x.yaml', 'jobs/b/.git/x.yaml', 'jobs/..data/x.yaml']
  for (const file of [...files, ...skipped]) writeFileSync(join(root, file), '')
  symlinkSync('..', join(root, 'jobs/b/loop'))
  symlinkSync('../z.yaml', join(root, 'jobs/b/link.yaml'))
  symlinkSync('nowhere', join(root, 'jobs/b/broken.yaml'))
})
afterAll(() => rmSync(root, { recursive: true }))

const find = (...operands: string[]) =>
  [...findSpecFiles(operands.map(operand => (operand === '-' ? '-' : join(root, operand))))].map(found =>
    typeof found === 'string'
      ? relative(root, found === '-' ? join(root, '-') : found)
      : `${relative(root, found.file)}: ${found.problem.replaceAll(root, '')}`,
  )

describe('files of a command line', () => {
  it('are those of a directory and all below it, in order; tools’ directories and circles are left out', () => {
    const inB = ['broken.yaml', 'link.yaml', 'm.json', 'n.spark-submit'].map(name => `jobs/b/${name}`)
    expect(find('jobs')).toEqual(['jobs/[1].yaml', 'jobs/a.yml', ...inB, 'jobs/z.yaml'])
  })
  it('keep the order of the operands, and are named as they were', () => {
    expect(find('jobs/z.yaml', '-', 'jobs/notes.md', 'jobs/a.yml')).toEqual([
      'jobs/z.yaml',
      '-',
      'jobs/notes.md',
      'jobs/a.yml',
    ])
  })
  it('are found by a pattern, without directories', () => {
    expect(find('jobs/*.y*ml')).toEqual(['jobs/[1].yaml', 'jobs/a.yml', 'jobs/z.yaml'])
    expect(find('jobs/**/*.json')).toEqual(['jobs/b/m.json'])
    expect(find('jobs/**/x.yaml')).toEqual(['jobs/**/x.yaml: no file matches this pattern'])
    expect(find('{jobs,empty}')).toEqual(['{jobs,empty}: no file matches this pattern'])
  })
  it('may have the characters of patterns in their names', () => {
    expect(find('jobs/[1].yaml')).toEqual(['jobs/[1].yaml'])
  })
  it('that are not there are said, with the nearest name', () => {
    expect(find('jobs/*.toml', 'jobs/zz.yaml', 'none/x.yaml', 'empty')).toEqual([
      'jobs/*.toml: no file matches this pattern',
      'jobs/zz.yaml: no such file; did you mean /jobs/z.yaml?',
      'none/x.yaml: no such file',
      'empty: no *.yaml, *.yml, *.json or *.spark-submit file in this directory',
    ])
  })
})
