/**
 * From method and URL to what is asked of which resource.
 */
export interface ResourceRoute {
  readonly group: string
  readonly plural: string
  readonly subresource?: string
  readonly namespace?: string
  readonly name?: string
  /** Kubernetes verb. */
  readonly verb: string
}

export type RequestRoute =
  | { readonly kind: 'resource'; readonly resource: ResourceRoute }
  | { readonly kind: 'plain'; readonly path: string }
  | { readonly kind: 'unknown' }

/** Paths that say something about the server itself. */
const PLAIN_PATHS = [
  '/version',
  '/healthz',
  '/livez',
  '/readyz',
  '/api',
  '/apis',
  '/api/v1',
  '/apis/sparkoperator.k8s.io',
  '/apis/sparkoperator.k8s.io/v1beta2',
]
const GROUPS: readonly { readonly prefix: string; readonly group: string }[] = [
  { prefix: '/api/v1/', group: '' },
  { prefix: '/apis/sparkoperator.k8s.io/v1beta2/', group: 'sparkoperator.k8s.io' },
]

/** `kind: unknown` is a path that no API serves (404 page not found). */
export function parseRoute(method: string, url: URL): RequestRoute {
  const path = url.pathname.length > 1 ? url.pathname.replace(/\/$/, '') : url.pathname
  if (PLAIN_PATHS.includes(path)) return { kind: 'plain', path }
  for (const { prefix, group } of GROUPS) {
    if (path.startsWith(prefix)) return parseResource(method, url, group, path.slice(prefix.length).split('/'))
  }
  return { kind: 'unknown' }
}

function parseResource(method: string, url: URL, group: string, segments: readonly string[]): RequestRoute {
  let parts: string[]
  try {
    parts = segments.map(segment => decodeURIComponent(segment))
  } catch {
    return { kind: 'unknown' }
  }
  const namespaced = parts[0] === 'namespaces' && parts.length > 2
  const [plural, name, subresource, ...rest] = namespaced ? parts.slice(2) : parts
  if (plural === undefined || plural === '' || rest.length > 0) return { kind: 'unknown' }
  const verb = verbOf(method, name !== undefined, ['1', 'true'].includes(url.searchParams.get('watch') ?? ''))
  if (verb === undefined) return { kind: 'unknown' }
  const resource: ResourceRoute = {
    group,
    plural,
    verb,
    ...(namespaced ? { namespace: parts[1] ?? '' } : {}),
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
  }
  return { kind: 'resource', resource }
}

function verbOf(method: string, named: boolean, watch: boolean): string | undefined {
  switch (method) {
    case 'GET':
    case 'HEAD':
      return named ? 'get' : watch ? 'watch' : 'list'
    case 'POST':
      return 'create'
    case 'PUT':
      return 'update'
    case 'PATCH':
      return 'patch'
    case 'DELETE':
      return named ? 'delete' : 'deletecollection'
    default:
      return undefined
  }
}
