/** Findings of the construct library about templates are errors here, not warnings. */
export const SYNTHESIS_CONTEXT = {
  '@aws-cdk/core:validateAgainstDefaultRules': true,
  '@aws-cdk/core:checkSecretUsage': true,
}
