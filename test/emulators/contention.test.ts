/**
 * Many who write the same counter at once, on real DynamoDB code: nothing is lost, nothing is counted twice, no limit breaks.
 * DynamoDB Local never answers TransactionConflict (measured below), which AWS does often; so that answer, and a throttled
 * one, is put in front of it here as AWS words it.
 */
import {
  ProvisionedThroughputExceededException,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { DynamoDbAdmissionStore } from '../../shared/adapters/dynamodb-admission-store.ts'
import { DynamoDbJobStore } from '../../shared/adapters/dynamodb-job-store.ts'
import type { Job } from '../../shared/domain/job.ts'
import { jobNamed } from '../contract/job-store-lists.contract.ts'
import { SPEC } from '../contract/sample-spec.ts'
import { NOW } from '../support/make-job.ts'
import { tablesOf } from './endpoints.ts'

const TEAM = { kind: 'team', name: 'payments' } as const
const SIZE = { cores: 2.5, memoryMiB: 4_096 }
const ADMISSIONS = 20
const NO_LIMITS = { team: {}, cluster: {} }

const letters = 'abcdefghijklmnopqrst'.split('')
const conflict = () =>
  new TransactionCanceledException({
    message:
      'Transaction cancelled, please refer cancellation reasons for specific reasons [TransactionConflict, None]',
    CancellationReasons: [{ Code: 'TransactionConflict' }, { Code: 'None' }],
    $metadata: {},
  })
const throttled = () =>
  new TransactionCanceledException({
    message: 'Transaction cancelled, please refer cancellation reasons for specific reasons [None, ThrottlingError]',
    CancellationReasons: [{ Code: 'None' }, { Code: 'ThrottlingError' }],
    $metadata: {},
  })
const conflictOfOneWrite = () =>
  new TransactionConflictException({ message: 'Transaction is ongoing for the item', $metadata: {} })

for (const emulator of ['DynamoDB Local', 'ministack'] as const) {
  const tables = tablesOf(emulator)
  afterAll(() => tables.client.destroy())

  describe(`Twenty admissions of one team at once, on ${emulator}`, () => {
    let table: { readonly client: DynamoDBClient; readonly tableName: string; readonly retentionDays: number }
    let jobs: readonly Job[]
    let seen: string[]
    beforeEach(async () => {
      table = { client: tables.client, tableName: await tables.create(), retentionDays: 15 }
      const store = new DynamoDbJobStore(tables.client, table)
      jobs = letters.map(letter => jobNamed(letter, { clusters: ['main'], size: SIZE, readyAt: NOW }))
      await Promise.all(jobs.map(job => store.create(job, SPEC)))
      seen = []
    })
    /** The emulator's client; `answer` is thrown at what it names before the emulator is asked. */
    const clientThat = (answer: (command: string, count: number) => Error | undefined): DynamoDBClient => {
      const counts = new Map<string, number>()
      const send = async (command: { readonly constructor: { readonly name: string } }) => {
        const { name } = command.constructor
        const count = (counts.get(name) ?? 0) + 1
        counts.set(name, count)
        const error = answer(name, count)
        if (error !== undefined) throw error
        try {
          return await tables.client.send(command as never)
        } catch (problem) {
          if (problem instanceof TransactionCanceledException)
            seen.push(...(problem.CancellationReasons ?? []).map(reason => reason.Code ?? ''))
          throw problem
        }
      }
      return { send } as unknown as DynamoDBClient
    }
    const admitAll = async (client: DynamoDBClient, limits = NO_LIMITS) => {
      const admission = new DynamoDbAdmissionStore({ ...table, client })
      const admit = ({ readyAt: _left, ...job }: Job) =>
        admission.admit(job, { ...job, claim: { cluster: 'main', ...SIZE, attempt: 1 } }, limits)
      const outcomes = (await Promise.all(jobs.map(admit))).map(answer => answer.outcome)
      const [usage] = (await admission.readUsage([TEAM])).map(({ changes: _count, ...each }) => each)
      return { saved: outcomes.filter(outcome => outcome === 'saved').length, usage }
    }
    const all = { jobs: ADMISSIONS, cores: 50, memoryMiB: 81_920 }

    it('are all counted', async () => {
      expect(await admitAll(clientThat(() => undefined))).toEqual({ saved: ADMISSIONS, usage: all })
    })
    it('meet no conflict there, unlike in AWS', async () => {
      await admitAll(clientThat(() => undefined))
      expect(seen).not.toContain('TransactionConflict')
    })
    it('are all counted where every other one meets a transaction of another', async () => {
      const client = clientThat((command, count) =>
        command === 'TransactWriteItemsCommand' && count % 2 === 1 ? conflict() : undefined,
      )
      expect(await admitAll(client)).toEqual({ saved: ADMISSIONS, usage: all })
    })
    it('are all counted where the table is throttled for a while', async () => {
      const client = clientThat((command, count) =>
        command === 'TransactWriteItemsCommand' && count <= 3 * ADMISSIONS ? throttled() : undefined,
      )
      expect(await admitAll(client)).toEqual({ saved: ADMISSIONS, usage: all })
    })
    it('keep a limit among conflicts', async () => {
      const client = clientThat((command, count) =>
        command === 'TransactWriteItemsCommand' && count % 3 === 0 ? conflict() : undefined,
      )
      const limits = { team: { jobs: 7 }, cluster: {} }
      expect(await admitAll(client, limits)).toMatchObject({ saved: 7, usage: { jobs: 7 } })
    })
    it.each([
      ['a job', 'PutItemCommand', (store: DynamoDbJobStore, job: Job) => store.save(job, { ...job, message: 'on' })],
      ['a turn', 'UpdateItemCommand', (store: DynamoDbJobStore) => store.reserveTurn('main', NOW, 500)],
    ] as const)('do not stop the plain write of %s', async (_, refused, write) => {
      const [job] = jobs
      if (job === undefined) throw new Error('no job')
      const client = clientThat((command, count) =>
        command === refused && count <= 2 ? conflictOfOneWrite() : undefined,
      )
      expect(await write(new DynamoDbJobStore(client, table), job)).toBeTruthy()
    })
    it('throw what does not pass', async () => {
      const away = () => new ProvisionedThroughputExceededException({ message: 'too fast', $metadata: {} })
      await expect(admitAll(clientThat(away))).rejects.toBeInstanceOf(ProvisionedThroughputExceededException)
      await expect(admitAll(clientThat(conflict))).rejects.toBeInstanceOf(TransactionCanceledException)
    })
  })
}
