/** The one table. Keys and indexes are the constants that the stores use (shared/adapters/dynamodb-table.ts): nothing is copied. */
import { RemovalPolicy } from 'aws-cdk-lib'
import {
  AttributeType,
  Billing,
  ProjectionType,
  StreamViewType,
  TableEncryptionV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb'
import type { Attribute, GlobalSecondaryIndexPropsV2, ITableV2 } from 'aws-cdk-lib/aws-dynamodb'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import type { Construct } from 'constructs'
import { TABLE_SCHEMA, TTL_ATTRIBUTE } from '../shared/adapters/dynamodb-table.ts'

/** A table that a point-in-time restore made; it takes the place of the construct's own (docs/deploy.md, "Restore"). */
export interface RestoredTable {
  readonly tableName: string
  /** The stream must be switched on by hand after a restore, with new and old images. */
  readonly streamArn: string
}

export interface TableOptions {
  readonly key: IKey | undefined
  readonly isDataKept: boolean
  readonly restored: RestoredTable | undefined
}

export function addTable(scope: Construct, { key, isDataKept, restored }: TableOptions): ITableV2 {
  if (restored !== undefined) {
    return TableV2.fromTableAttributes(scope, 'RestoredTable', {
      tableName: restored.tableName,
      tableStreamArn: restored.streamArn,
      grantIndexPermissions: true,
      ...(key !== undefined && { encryptionKey: key }),
    })
  }
  const table = new TableV2(scope, 'Table', {
    ...keysOf(TABLE_SCHEMA.KeySchema),
    globalSecondaryIndexes: TABLE_SCHEMA.GlobalSecondaryIndexes.map(toIndex),
    billing: Billing.onDemand(),
    timeToLiveAttribute: TTL_ATTRIBUTE,
    dynamoStream: StreamViewType[TABLE_SCHEMA.StreamSpecification.StreamViewType],
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtection: isDataKept,
    removalPolicy: isDataKept ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    encryption: key === undefined ? TableEncryptionV2.dynamoOwnedKey() : TableEncryptionV2.customerManagedKey(key),
  })
  return table as ITableV2
}

type Index = (typeof TABLE_SCHEMA.GlobalSecondaryIndexes)[number]
type KeySchema = readonly { readonly AttributeName: string; readonly KeyType: 'HASH' | 'RANGE' }[]

function toIndex({ IndexName, KeySchema, Projection }: Index): GlobalSecondaryIndexPropsV2 {
  return {
    indexName: IndexName,
    ...keysOf(KeySchema),
    projectionType: ProjectionType[Projection.ProjectionType],
    ...('NonKeyAttributes' in Projection && { nonKeyAttributes: [...Projection.NonKeyAttributes] }),
  }
}

function keysOf(keys: KeySchema): { partitionKey: Attribute; sortKey: Attribute } {
  const [partitionKey, sortKey] = keys.map(key => attributeOf(key.AttributeName))
  if (partitionKey === undefined || sortKey === undefined) throw new Error('every key of the table has two parts')
  return { partitionKey, sortKey }
}

function attributeOf(name: string): Attribute {
  const found = TABLE_SCHEMA.AttributeDefinitions.find(({ AttributeName }) => AttributeName === name)
  if (found === undefined) throw new Error(`the table's schema does not define ${name}`)
  return { name, type: found.AttributeType === 'N' ? AttributeType.NUMBER : AttributeType.STRING }
}
