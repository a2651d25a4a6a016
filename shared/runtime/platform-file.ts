/**
 * A platform file from disk, for whoever deploys, tries or looks at one: infra, the local stack and the command. Problems come
 * in whole sentences; functions never load this, so the words and the YAML parser stay out of their bundles.
 */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import * as z from 'zod/mini'
import { parsePlatform } from '../domain/platform/platform.ts'
import type { Platform } from '../domain/platform/platform.ts'

z.config(z.locales.en())

/** Throws `PlatformFileError` with every problem of the file. */
export const readPlatform = (file: string): Platform => parsePlatform(parse(readFileSync(file, 'utf8')))
