/** Schedules and their progress, in memory and, with a folder, in one JSON file that is replaced atomically. */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { ScheduleDefinition, ScheduleRecord } from './schedule.ts'

/** The records by `kind/group/name`. Every change is on disk when the method returns. */
export interface ScheduleStore {
  get(key: string): ScheduleRecord | undefined
  list(): ScheduleRecord[]
  save(record: ScheduleRecord): void
  delete(key: string): boolean
}

/** More schedules than this are a loop; AWS' own quota is a million. */
const maximumSchedules = 10_000
const fileName = 'schedules.json'

/** The key of a schedule or rule in the store. */
export function scheduleKey(kind: ScheduleRecord['kind'], name: string, groupName = 'default'): string {
  return `${kind}/${groupName}/${name}`
}

/** Opens the store. Throws when the file is there and cannot be read: schedules are not silently forgotten. */
export function openScheduleStore(dataDir: string | undefined): ScheduleStore {
  const file = dataDir === undefined ? undefined : join(dataDir, fileName)
  if (dataDir !== undefined) mkdirSync(dataDir, { recursive: true })
  const saved = file !== undefined && existsSync(file) ? parseRecords(readFileSync(file, 'utf8')) : []
  const records = new Map(saved.map(record => [keyOf(record), record]))
  const persist = (): void => {
    if (file !== undefined) replaceFile(file, `${JSON.stringify([...records.values()], null, 1)}\n`)
  }
  return {
    get: key => records.get(key),
    list: () => [...records.values()],
    save(record) {
      const key = keyOf(record)
      if (!records.has(key) && records.size >= maximumSchedules) throw new Error(`${maximumSchedules} schedules exist.`)
      records.set(key, record)
      persist()
    },
    delete(key) {
      const existed = records.delete(key)
      if (existed) persist()
      return existed
    },
  }
}

function keyOf({ kind, definition }: ScheduleRecord): string {
  return scheduleKey(kind, definition.name, definition.groupName)
}

type SavedDefinition = Omit<ScheduleDefinition, 'startDate' | 'endDate'> & { startDate?: string; endDate?: string }

function parseRecords(text: string): ScheduleRecord[] {
  const saved = JSON.parse(text) as (Omit<ScheduleRecord, 'definition'> & { definition: SavedDefinition })[]
  return saved.map(record => {
    const { startDate, endDate, ...definition } = record.definition
    const dates = {
      ...(startDate === undefined ? {} : { startDate: new Date(startDate) }),
      ...(endDate === undefined ? {} : { endDate: new Date(endDate) }),
    }
    return { ...record, definition: { ...definition, ...dates } }
  })
}

function replaceFile(file: string, text: string): void {
  const descriptor = openSync(`${file}.new`, 'w', 0o600)
  writeSync(descriptor, text)
  fsyncSync(descriptor)
  closeSync(descriptor)
  renameSync(`${file}.new`, file)
}
