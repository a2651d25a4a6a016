/** A platform with a team of each kind, and options with every part switched on: what the tests of infra/cluster render. */
import { parseClusterOptions } from '../../../infra/cluster/cluster-options.ts'
import type { ClusterOptionsInput } from '../../../infra/cluster/cluster-options.ts'
import type { Manifest } from '../../../infra/cluster/manifest.ts'
import { renderCluster } from '../../../infra/cluster/render-cluster.ts'
import type { RenderedCluster } from '../../../infra/cluster/render-cluster.ts'
import { parsePlatform } from '../../../shared/domain/platform/platform.ts'
import type { Platform } from '../../../shared/domain/platform/platform.ts'

export const PLATFORM_DOCUMENT = {
  clusters: {
    main: { eksName: 'analytics-main', region: 'eu-central-1', submitsPerSecond: 2, limits: { cores: 1_000 } },
    other: { eksName: 'analytics-other', region: 'eu-west-1' },
  },
  teams: {
    payments: {
      clusters: ['main'],
      namespace: 'team-payments',
      policy: 'payments-rules',
      limits: { jobs: 20, cores: 200, memoryMiB: 819_200 },
    },
    risk: { clusters: ['main'], namespace: 'team-risk', serviceAccount: 'risk-jobs' },
    lab: { clusters: ['main'], namespace: 'team-lab', policy: 'open' },
    elsewhere: { clusters: ['other'], namespace: 'team-elsewhere' },
  },
  policies: {
    'payments-rules': {
      extends: 'strict',
      images: {
        repositories: ['111122223333.dkr.ecr.eu-central-1.amazonaws.com/payments/*', 'docker.io/apache/spark'],
      },
      artifacts: { prefixes: ['local:///opt/', 's3a://acme-artifacts/payments/'] },
      volumes: { storageClasses: ['gp3'], claimSize: '200Gi' },
      objects: { secrets: ['payments-*'] },
    },
  },
  profileSettings: {
    eventLogDir: 's3a://acme-logs/spark-events',
    checkpointDir: 's3a://acme-checkpoints/streams',
    storageClass: 'gp3',
  },
}

export const FULL_OPTIONS = {
  accountId: '111122223333',
  teamData: { payments: { read: ['acme-raw/payments/'], write: ['acme-curated/payments/'] } },
  gpuNodes: true,
  prePullImages: ['apache/spark:4.0.1'],
  fluentBit: true,
  monitoring: true,
  prometheusStack: true,
  historyServer: { image: 'acme/spark:4.0.1' },
  forwarder: {
    image: 'acme/forwarder:1',
    queueUrl: 'https://sqs.eu-central-1.amazonaws.com/111122223333/sparkgate-reconcile',
  },
  argo: { repoUrl: 'https://git.example.com/platform.git', path: 'clusters/main' },
} satisfies ClusterOptionsInput

export const samplePlatform = (change: object = {}): Platform => parsePlatform({ ...PLATFORM_DOCUMENT, ...change })

/** `main` of the sample platform with all parts, or with the options changed. */
export const renderSample = (change: ClusterOptionsInput = {}, platform = samplePlatform()): RenderedCluster =>
  renderCluster(platform, 'main', parseClusterOptions({ ...FULL_OPTIONS, ...change }))

export const allManifests = (rendered: RenderedCluster): readonly Manifest[] => Object.values(rendered.manifests).flat()

/** The one object of this kind and name; throws if there is none. */
export function findManifest(rendered: RenderedCluster, kind: string, name: string, namespace?: string): Manifest {
  const found = allManifests(rendered).find(
    object => object.kind === kind && object.metadata.name === name && object.metadata.namespace === namespace,
  )
  if (found === undefined) throw new Error(`no ${kind} ${namespace ?? ''}/${name}`)
  return found
}

/** A value inside an object by its dotted path; undefined where there is none. */
export function fieldOf(object: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, key) =>
        typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined,
      object,
    )
}
