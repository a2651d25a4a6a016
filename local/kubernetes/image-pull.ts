/**
 * Images that cannot be pulled: those of a registry whose host name ends with `.invalid`, which never resolves.
 */

/** Will pulling this image fail? */
export function hasUnreachableRegistry(image: string): boolean {
  return (image.split('/')[0] ?? '').replace(/:\d+$/, '').endsWith('.invalid')
}

/** What the kubelet says at the given try: ErrImagePull and ImagePullBackOff take turns (recorded). */
export function imageFailure(image: string, tries: number): { readonly reason: string; readonly message: string } {
  const [registry = '', ...path] = image.split('/')
  const [repository = '', tag = 'latest'] = path.join('/').split(':')
  const lookup = `dial tcp: lookup ${registry} on 127.0.0.53:53: server misbehaving`
  const cause =
    `failed to pull and unpack image "${image}": failed to resolve reference "${image}": failed to do request: ` +
    `Head "https://${registry}/v2/${repository}/manifests/${tag}": ${lookup}`
  return tries % 2 === 0
    ? { reason: 'ErrImagePull', message: cause }
    : { reason: 'ImagePullBackOff', message: `Back-off pulling image "${image}": ErrImagePull: ${cause}` }
}
