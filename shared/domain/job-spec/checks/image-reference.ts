/**
 * Names of container images, by the grammar of the OCI distribution specification: `[registry[:port]/]path[:tag][@digest]`.
 * A node finds out only when it pulls (InvalidImageName), and the job then waits without an end.
 */

const MAX_IMAGE_LENGTH = 512
const registryForm = /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?$/
const componentForm = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/
const tagForm = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/
const digestForm = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/

/** True for the name of an image. */
export function isImageReference(text: string): boolean {
  if (text.length > MAX_IMAGE_LENGTH) return false
  const { path, tag, digest } = splitImage(text)
  if (tag !== undefined && !tagForm.test(tag)) return false
  if (digest !== undefined && !digestForm.test(digest)) return false
  const [first = '', ...rest] = path.split('/')
  const hasRegistry = rest.length > 0 && (/[.:A-Z]/.test(first) || first === 'localhost')
  if (hasRegistry && !registryForm.test(first)) return false
  return (hasRegistry ? rest : [first, ...rest]).every(component => componentForm.test(component))
}

/** An image's name in its parts; nothing is checked. The tag is what follows the last `:` behind the last `/`. */
export function splitImage(text: string): { path: string; tag: string | undefined; digest: string | undefined } {
  const [name = '', digest] = text.split('@', 2)
  const colon = name.lastIndexOf(':')
  if (colon <= name.lastIndexOf('/')) return { path: name, tag: undefined, digest }
  return { path: name.slice(0, colon), tag: name.slice(colon + 1), digest }
}

/** The name that was probably meant: without a scheme, without spaces around, in lower case; undefined where none is left. */
export function suggestImage(text: string): string | undefined {
  if (text.length > MAX_IMAGE_LENGTH) return undefined
  const bare = text.trim().replace(/^[a-z][a-z0-9+.-]*:\/\//i, '')
  const { path } = splitImage(bare)
  const candidates = [bare, path.toLowerCase() + bare.slice(path.length)]
  return candidates.find(candidate => candidate !== text && isImageReference(candidate))
}
