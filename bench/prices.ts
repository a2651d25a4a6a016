/**
 * List prices in us-east-1, dollars, without free tiers and discounts: the services' pricing pages
 * (aws.amazon.com/<service>/pricing) as quoted by public overviews of March to June 2026 (DynamoDB: since November 2024).
 */
export const PRICES = {
  /** HTTP API, each request of up to 512 KB. */
  apiRequest: 1 / 1e6,
  /** On demand. */
  dynamodbWriteUnit: 0.625 / 1e6,
  dynamodbReadUnit: 0.125 / 1e6,
  dynamodbGigabyteMonth: 0.25,
  /** Standard queues, each request of up to 64 KB. */
  sqsRequest: 0.4 / 1e6,
  lambdaInvocation: 0.2 / 1e6,
  /** arm64. */
  lambdaGigabyteSecond: 0.000_013_333_4,
  /** A custom event of up to 64 KB. */
  event: 1 / 1e6,
  s3Put: 5 / 1e6,
  logGigabyte: 0.5,
  schedulerInvocation: 1 / 1e6,
} as const
