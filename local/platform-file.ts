/** A platform file from disk, with problems in whole sentences: functions leave the words out of their bundles. */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import * as z from 'zod/mini'
import { parsePlatform } from '../shared/domain/platform/platform.ts'
import type { Platform } from '../shared/domain/platform/platform.ts'

z.config(z.locales.en())

/** Throws with every problem of the file. */
export const readPlatform = (file: string): Platform => parsePlatform(parse(readFileSync(file, 'utf8')))
