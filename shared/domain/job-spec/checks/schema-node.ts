/**
 * One node of a compact schema table: what a CRD's OpenAPI schema says about a value, without its prose. Nodes refer
 * to others by index into the table (`SPARK_APPLICATION_NODES`), because the CRD repeats the same subtrees many times.
 */
export interface SchemaNode {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean' | 'int-or-string'
  /** Field name → index of its node. An object without `properties` and `values` takes anything only if `preserveUnknown`. */
  readonly properties?: Readonly<Record<string, number>>
  /** Index of the node of each element. */
  readonly items?: number
  /** Index of the node of each value of a map with free keys (labels, sparkConf). */
  readonly values?: number
  readonly required?: readonly string[]
  readonly enum?: readonly (string | number)[]
  readonly minimum?: number
  readonly maximum?: number
  readonly pattern?: string
  readonly format?: string
  /** The API server keeps whatever stands here (`driver.template`, `executor.template`). */
  readonly preserveUnknown?: true
}
