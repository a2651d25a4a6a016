/** `npm run demo -- --kubeconfig FILE`, as people type it: all jobs of the show on the real cluster, exit 0, nothing left. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { adminOf, realCluster } from '../support/real-cluster.ts'

it('plays the whole show on the cluster of a kubeconfig', async () => {
  const { kubeconfig, image, namespaces } = realCluster()
  const place = ['--kubeconfig', kubeconfig, '--namespace', namespaces[0], '--image', image]
  const child = spawn(process.execPath, ['local/demo.ts', ...place], { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  const [code] = (await once(child, 'close')) as [number]
  expect(code, said).toBe(0)
  expect(said).toContain('All as expected, and really run by the cluster.')
  expect(said).toMatch(/✓ +monthly-model +HTTPS, out of memory +SUCCEEDED +2/)
  expect(said).toContain('driver memory 896 → 1344 MiB')
  const admin = adminOf({ ...realCluster() })
  const left = await admin.list(`/api/v1/namespaces/${namespaces[0]}/configmaps`)
  admin.close()
  expect(left.map(({ metadata }) => metadata.name)).not.toContain('sparkgate-demo')
})
