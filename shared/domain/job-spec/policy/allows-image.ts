/**
 * Names of container images as a container runtime reads them, so that an allow-list holds what is really pulled.
 */
import { splitImage } from '../checks/image-reference.ts'
import { allowsPath } from './allow-list.ts'

/** True if the image's repository is on the list; names that no registry has are on none but `*`. */
export function allowsImage(patterns: readonly string[], image: string): boolean {
  if (patterns.includes('*')) return true
  const repository = repositoryOf(image)
  return repository !== undefined && allowsPath(patterns, repository)
}

/** How firmly a reference names one image. */
export function pinOf(image: string): 'digest' | 'fixed' | 'any' {
  const { tag, digest } = splitImage(image)
  if (digest !== undefined) return 'digest'
  return tag === undefined || tag === 'latest' ? 'any' : 'fixed'
}

/** `registry/path` without tag and digest, with the registry that is meant where none is named. */
function repositoryOf(image: string): string | undefined {
  const { path: name } = splitImage(image)
  const parts = name.split('/')
  if (parts.some(part => !/^[A-Za-z0-9]/.test(part))) return undefined
  const [first = ''] = parts
  // The rule of the reference grammar: dots, a port, capitals or `localhost` make the first part a registry.
  const isRegistry = parts.length > 1 && (/[.:A-Z]/.test(first) || first === 'localhost')
  if (!isRegistry) return parts.length === 1 ? `docker.io/library/${name}` : `docker.io/${name}`
  const rest = parts.slice(1).join('/')
  if (first !== 'index.docker.io' && first !== 'docker.io') return name
  return parts.length === 2 ? `docker.io/library/${rest}` : `docker.io/${rest}`
}
