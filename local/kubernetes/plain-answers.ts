/**
 * Discovery and health: what clients ask before they work (`kubectl version`, `kubectl api-resources`).
 */
const VERSION = {
  major: '1',
  minor: '34',
  gitVersion: 'v1.34.4-sparkgate.embedded',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: 'none',
  compiler: 'node',
  platform: 'embedded/any',
}
const GROUP_VERSION = { groupVersion: 'sparkoperator.k8s.io/v1beta2', version: 'v1beta2' }
const GROUP = { name: 'sparkoperator.k8s.io', versions: [GROUP_VERSION], preferredVersion: GROUP_VERSION }

/** The JSON or text behind one of the plain paths. */
export function answerPlainPath(path: string): { readonly json: unknown } | { readonly text: string } {
  switch (path) {
    case '/version':
      return { json: VERSION }
    case '/api':
      return { json: { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] } }
    case '/apis':
      return { json: { kind: 'APIGroupList', apiVersion: 'v1', groups: [GROUP] } }
    case '/apis/sparkoperator.k8s.io':
      return { json: { kind: 'APIGroup', apiVersion: 'v1', ...GROUP } }
    case '/api/v1':
      return { json: resourceList('v1', [pods, podLogs, events]) }
    case '/apis/sparkoperator.k8s.io/v1beta2':
      return { json: resourceList('sparkoperator.k8s.io/v1beta2', [applications]) }
    default:
      return { text: 'ok' }
  }
}

const read = ['get', 'list', 'watch']
const pods = {
  name: 'pods',
  singularName: 'pod',
  namespaced: true,
  kind: 'Pod',
  verbs: ['delete', ...read],
  shortNames: ['po'],
}
const podLogs = { name: 'pods/log', singularName: '', namespaced: true, kind: 'Pod', verbs: ['get'] }
const events = {
  name: 'events',
  singularName: 'event',
  namespaced: true,
  kind: 'Event',
  verbs: read,
  shortNames: ['ev'],
}
const applications = {
  name: 'sparkapplications',
  singularName: 'sparkapplication',
  namespaced: true,
  kind: 'SparkApplication',
  verbs: ['create', 'delete', 'patch', ...read],
  shortNames: ['sparkapp'],
}

function resourceList(groupVersion: string, resources: readonly object[]): object {
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources }
}
