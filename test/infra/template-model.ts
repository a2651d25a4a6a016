/** A synthesised template with its references resolved to the names and ARNs that a deployment would give. */
import { App, Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FUNCTION_NAMES } from '../../shared/runtime/function-table.ts'
import type { FunctionBundles } from '../../infra/functions.ts'
import { Sparkgate } from '../../infra/sparkgate.ts'
import type { SparkgateProps } from '../../infra/sparkgate.ts'
import { ACCOUNT_ID, REGION } from '../../local/local-platform.ts'
import type { Platform } from '../../shared/domain/platform/platform.ts'

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }
export type JsonMap = { readonly [key: string]: Json }

export interface Resource {
  readonly Type: string
  readonly Properties: JsonMap
  readonly DeletionPolicy?: string
  readonly UpdateReplacePolicy?: string
  readonly DependsOn?: readonly string[]
}

export interface TemplateModel {
  readonly template: Template
  readonly resources: Readonly<Record<string, Resource>>
  /** All of a type, by logical id. */
  ofType(type: string): Readonly<Record<string, Resource>>
  /** The same value without intrinsic functions. */
  resolve(value: Json): Json
  /** The same, of what must be a text. */
  resolveText(value: Json | undefined): string
}

/** One gateway in a stack of its own, with code that is not bundled: templates do not depend on it. */
export function synthesise(platform: Platform, props: Partial<SparkgateProps> = {}): TemplateModel {
  const stack = new Stack(new App(), 'Sparkgate', { env: { account: ACCOUNT_ID, region: REGION } })
  new Sparkgate(stack, 'Gateway', { platform, bundles: stubBundles(), ...props })
  return modelOf(Template.fromStack(stack))
}

export function stubBundles(): FunctionBundles {
  const folder = mkdtempSync(join(tmpdir(), 'sparkgate-stub-'))
  return Object.fromEntries(
    FUNCTION_NAMES.map(name => {
      mkdirSync(join(folder, name))
      writeFileSync(join(folder, name, 'index.mjs'), `export const handler = () => ${JSON.stringify(name)}`)
      return [name, join(folder, name)]
    }),
  ) as FunctionBundles
}

export function modelOf(template: Template): TemplateModel {
  const resources = (template.toJSON() as { Resources: Record<string, Resource> }).Resources
  const resolve = (value: Json): Json => resolveValue(value, resources)
  return {
    template,
    resources,
    resolve,
    resolveText: value => textOf(resolve(value ?? null)),
    ofType: type => Object.fromEntries(Object.entries(resources).filter(([, { Type }]) => Type === type)),
  }
}

function textOf(value: Json): string {
  if (typeof value !== 'string') throw new Error(`not a text: ${JSON.stringify(value)}`)
  return value
}

const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::AccountId': ACCOUNT_ID,
  'AWS::Region': REGION,
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
}

/** The name of the one table in ARNs: what the embedded stack calls it. */
const TABLE_NAME = 'sparkgate'

function resolveValue(value: Json, resources: Readonly<Record<string, Resource>>): Json {
  if (Array.isArray(value)) return value.map((each: Json) => resolveValue(each, resources))
  if (typeof value !== 'object' || value === null) return value
  const map = value as JsonMap
  const [[operator, argument] = ['', null], ...more] = Object.entries(map)
  if (more.length === 0) {
    if (operator === 'Ref') return PSEUDO[textOf(argument)] ?? nameOf(textOf(argument), resources)
    if (operator === 'Fn::GetAtt') {
      const [id = '', attribute = ''] = argument as readonly string[]
      return attributeOf(id, attribute, resources)
    }
    if (operator === 'Fn::Join') {
      const [separator, parts] = argument as readonly [string, Json]
      return (resolveValue(parts, resources) as readonly Json[]).map(String).join(separator)
    }
    if (operator === 'Fn::Select') {
      const [index, list] = argument as readonly [number, Json]
      return (resolveValue(list, resources) as readonly Json[])[index] ?? null
    }
    if (operator === 'Fn::Split') {
      const [separator, text] = argument as readonly [string, Json]
      return textOf(resolveValue(text, resources)).split(separator)
    }
  }
  return Object.fromEntries(Object.entries(map).map(([key, each]) => [key, resolveValue(each, resources)]))
}

const NAME_PROPERTIES: Readonly<Record<string, string>> = {
  'AWS::SQS::Queue': 'QueueName',
  'AWS::S3::Bucket': 'BucketName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Events::EventBus': 'Name',
  'AWS::Scheduler::ScheduleGroup': 'Name',
}

function nameOf(id: string, resources: Readonly<Record<string, Resource>>): string {
  const resource = resources[id]
  if (resource?.Type === 'AWS::DynamoDB::GlobalTable') return TABLE_NAME
  const name = resource?.Properties[NAME_PROPERTIES[resource.Type] ?? '']
  return typeof name === 'string' ? name : id
}

const ARN_PATTERNS: Readonly<Record<string, (name: string) => string>> = {
  'AWS::SQS::Queue': name => `arn:aws:sqs:${REGION}:${ACCOUNT_ID}:${name}`,
  'AWS::S3::Bucket': name => `arn:aws:s3:::${name}`,
  'AWS::DynamoDB::GlobalTable': name => `arn:aws:dynamodb:${REGION}:${ACCOUNT_ID}:table/${name}`,
  'AWS::Lambda::Function': name => `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function:${name}`,
  'AWS::Events::EventBus': name => `arn:aws:events:${REGION}:${ACCOUNT_ID}:event-bus/${name}`,
  'AWS::Scheduler::ScheduleGroup': name => `arn:aws:scheduler:${REGION}:${ACCOUNT_ID}:schedule-group/${name}`,
  'AWS::Logs::LogGroup': name => `arn:aws:logs:${REGION}:${ACCOUNT_ID}:log-group:${name}:*`,
  'AWS::IAM::Role': name => `arn:aws:iam::${ACCOUNT_ID}:role/${name}`,
  'AWS::KMS::Key': name => `arn:aws:kms:${REGION}:${ACCOUNT_ID}:key/${name}`,
}

function attributeOf(id: string, attribute: string, resources: Readonly<Record<string, Resource>>): string {
  const arn = ARN_PATTERNS[resources[id]?.Type ?? '']?.(nameOf(id, resources))
  if (arn === undefined) return `${id}.${attribute}`
  if (attribute === 'StreamArn') return `${arn}/stream/label`
  return attribute === 'Arn' ? arn : `${id}.${attribute}`
}
