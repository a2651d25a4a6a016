/**
 * All rules about fields: one for each way out of a tenancy or into the platform, and what a team may have instead.
 */
import { alwaysRules } from './always-rules.ts'
import { placementRules } from './placement-rules.ts'
import { podRules } from './pod-rules.ts'
import type { PolicyRule } from './policy-rule.ts'
import { volumeRules } from './volume-rules.ts'

/** In the order in which they are judged; several may refuse one field. */
export const policyRules: readonly PolicyRule[] = [...alwaysRules, ...volumeRules, ...podRules, ...placementRules]
