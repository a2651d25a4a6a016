/**
 * `node infra/cluster/write-manifests.ts PLATFORM_FILE --cluster main --out DIR [--options FILE]`: everything that a cluster
 * needs, as files for kubectl, Helm and Argo CD. Says on standard error what is wrong with the files, and exits with 1.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { parse, stringify } from 'yaml'
import { PlatformFileError } from '../../shared/domain/platform/platform.ts'
import { readPlatform } from '../../shared/runtime/platform-file.ts'
import { ClusterOptionsError, parseClusterOptions } from './cluster-options.ts'
import { renderCluster } from './render-cluster.ts'
import type { RenderedCluster } from './render-cluster.ts'

const USAGE = 'node infra/cluster/write-manifests.ts PLATFORM_FILE --cluster NAME --out DIR [--options FILE]'

/** What is below `--out` and ours: written anew each time, so that nothing that is no longer rendered stays. */
const FOLDERS = ['manifests', 'values', 'dashboards', 'iam', 'argo']

function main(): void {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { cluster: { type: 'string' }, out: { type: 'string' }, options: { type: 'string' } },
  })
  const [platformFile] = positionals
  const { cluster, out, options } = values
  if (platformFile === undefined || cluster === undefined || out === undefined) throw new ClusterOptionsError([USAGE])
  const readYaml = (file: string): unknown => parse(readFileSync(file, 'utf8'))
  const rendered = renderCluster(
    readPlatform(platformFile),
    cluster,
    parseClusterOptions(options === undefined ? {} : readYaml(options)),
  )
  for (const folder of FOLDERS) rmSync(join(out, folder), { recursive: true, force: true })
  const files = filesOf(rendered)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(out, path)), { recursive: true })
    writeFileSync(join(out, path), text)
  }
  console.log(`${Object.keys(files).length} files in ${out}`)
}

/** Path below the output folder → text. */
function filesOf({ manifests, charts, dashboards, podRoles, argo, platformDefaults }: RenderedCluster) {
  const yaml = (value: unknown): string => stringify(value, { lineWidth: 0, aliasDuplicateObjects: false })
  const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`
  const named = <Value>(
    entries: Readonly<Record<string, Value>>,
    path: (name: string) => string,
    text: (value: Value) => string,
  ) => Object.entries(entries).map(([name, value]) => [path(name), text(value)] as const)
  const documents = (objects: readonly unknown[]): string => objects.map(yaml).join('---\n')
  return Object.fromEntries([
    ...named(manifests, name => `manifests/${name}.yaml`, documents),
    ...charts.map(chart => [`values/${chart.name}.yaml`, yaml(chart.values)] as const),
    ['helmfile.yaml', yaml(helmfile(charts))],
    ...named(dashboards, name => `dashboards/${name}.json`, json),
    ...podRoles.map(
      ({ roleName, statements }) =>
        [`iam/${roleName}.json`, json({ Version: '2012-10-17', Statement: statements })] as const,
    ),
    ...(argo.length > 0 ? [['argo/applications.yaml', documents(argo)] as const] : []),
    ['platform-defaults.yaml', yaml(platformDefaults)],
  ])
}

/** The releases in helmfile's form, whose words are those of `helm upgrade --install`. */
function helmfile(charts: RenderedCluster['charts']) {
  const repositories = charts.filter(chart => !chart.repository.startsWith('oci://'))
  return {
    repositories: [...new Map(repositories.map(chart => [chart.chart, chart.repository]))].map(([name, url]) => ({
      name,
      url,
    })),
    releases: charts.map(chart => ({
      name: chart.name,
      namespace: chart.namespace,
      createNamespace: true,
      chart: chart.repository.startsWith('oci://')
        ? `${chart.repository}/${chart.chart}`
        : `${chart.chart}/${chart.chart}`,
      version: chart.version,
      values: [`values/${chart.name}.yaml`],
    })),
  }
}

try {
  main()
} catch (error) {
  if (!(error instanceof ClusterOptionsError || error instanceof PlatformFileError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
