/** Images of the table's change stream, as jobs. */
import type { AttributeValue } from 'aws-lambda'
import { jobOfItem } from '../adapters/dynamodb-job-item.ts'
import type { Item } from '../adapters/dynamodb-job-item.ts'
import type { Job } from '../domain/job.ts'

/** The job of a stream image; undefined for other items and for removals. The two SDK types of the same JSON differ only in name. */
export const jobOfImage = (image: Record<string, AttributeValue> | undefined): Job | undefined =>
  jobOfItem(image as Item | undefined)
