/** The model of a Grafana dashboard: a grid of time series over Prometheus and CloudWatch, with variables. */
import type { JsonObject } from '../../shared/domain/job-spec/canonical-spec.ts'

/** One time series panel; `unit` is one of Grafana's. */
export type Panel = readonly [title: string, unit: string, ...queries: readonly Query[]]
/** PromQL with its legend, or a metric of CloudWatch. */
type Query = { readonly expr: string; readonly legend: string } | CloudWatchQuery

/** `dimensions` and `namespace` may name variables: `${gateway}`. */
export interface CloudWatchQuery {
  readonly namespace: string
  readonly metric: string
  readonly dimensions: Readonly<Record<string, string>>
  readonly statistic: 'Sum' | 'Maximum' | 'Average' | 'p99'
}

/** A dashboard's JSON; `uid` is its address in Grafana. */
export function dashboard(
  title: string,
  uid: string,
  panels: readonly Panel[],
  variables: readonly JsonObject[],
): JsonObject {
  return {
    uid,
    title,
    schemaVersion: 39,
    editable: true,
    time: { from: 'now-6h', to: 'now' },
    refresh: '1m',
    tags: ['sparkgate'],
    templating: { list: [dataSource('prometheus'), dataSource('cloudwatch'), ...variables] },
    panels: panels.map(([name, unit, ...queries], index) => ({
      id: index + 1,
      type: 'timeseries',
      title: name,
      datasource: sourceOf(queries[0]),
      fieldConfig: { defaults: { unit }, overrides: [] },
      gridPos: {
        x: (index % PANEL.perRow) * PANEL.width,
        y: Math.floor(index / PANEL.perRow) * PANEL.height,
        w: PANEL.width,
        h: PANEL.height,
      },
      targets: queries.map((query, at) => targetOf(query, String.fromCharCode(65 + at))),
    })),
  }
}

const PANEL = { width: 8, height: 8, perRow: 3 }

const sourceOf = (query: Query | undefined): JsonObject => {
  const type = query !== undefined && 'metric' in query ? 'cloudwatch' : 'prometheus'
  return { type, uid: `\${${type}}` }
}

function targetOf(query: Query, refId: string): JsonObject {
  if ('expr' in query) return { refId, expr: query.expr, legendFormat: query.legend, datasource: sourceOf(query) }
  const { namespace, metric, dimensions, statistic } = query
  return {
    refId,
    datasource: sourceOf(query),
    queryMode: 'Metrics',
    metricQueryType: 0,
    metricEditorMode: 0,
    region: '$region',
    namespace,
    metricName: metric,
    dimensions,
    statistic,
    matchExact: true,
    period: '60',
  }
}

const dataSource = (type: 'prometheus' | 'cloudwatch'): JsonObject => ({
  name: type,
  type: 'datasource',
  query: type,
  label: type,
})
/** A variable that people do not see. */
export const constant = (name: string, value: string): JsonObject => ({ name, type: 'constant', query: value })
/** A variable that people may change. */
export const textBox = (name: string, label: string, value: string): JsonObject => ({
  name,
  label,
  type: 'textbox',
  query: value,
  current: { text: value, value },
})
