/** The embedded EKS control plane through the real SDK. */
import { DescribeClusterCommand, EKSClient, ListClustersCommand, ResourceNotFoundException } from '@aws-sdk/client-eks'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startEmbeddedEks, type EmbeddedEks } from '../../local/aws/eks/eks-server.ts'

let eks: EmbeddedEks
let client: EKSClient

beforeEach(async () => {
  const clusters = [{ name: 'blue', endpoint: 'https://127.0.0.1:6443', certificateAuthorityData: 'Q0E=' }]
  eks = await startEmbeddedEks({ clusters, region: 'eu-central-1' })
  client = makeClient()
})
afterEach(async () => {
  client.destroy()
  await eks.close()
})

test('a known cluster is described with its endpoint and certificate authority', async () => {
  const { cluster } = await client.send(new DescribeClusterCommand({ name: 'blue' }))
  expect(cluster).toMatchObject({
    name: 'blue',
    arn: 'arn:aws:eks:eu-central-1:000000000000:cluster/blue',
    endpoint: 'https://127.0.0.1:6443',
    certificateAuthority: { data: 'Q0E=' },
    status: 'ACTIVE',
    createdAt: expect.any(Date),
  })
  expect((await client.send(new ListClustersCommand({}))).clusters).toEqual(['blue'])
})

test('an unknown cluster is a ResourceNotFoundException', async () => {
  const described = client.send(new DescribeClusterCommand({ name: 'green' }))
  await expect(described).rejects.toBeInstanceOf(ResourceNotFoundException)
  eks.removeCluster('blue')
  const removed = client.send(new DescribeClusterCommand({ name: 'blue' }))
  await expect(removed).rejects.toBeInstanceOf(ResourceNotFoundException)
})

test('a replaced cluster is described as it is now', async () => {
  eks.putCluster({
    name: 'blue',
    endpoint: 'https://127.0.0.1:7443',
    certificateAuthorityData: 'TmV3',
    status: 'UPDATING',
  })
  const { cluster } = await client.send(new DescribeClusterCommand({ name: 'blue' }))
  expect(cluster).toMatchObject({ endpoint: 'https://127.0.0.1:7443', status: 'UPDATING' })
})

test('calls are counted, and throttled on request', async () => {
  eks.throttleNext(1)
  const described = makeClient(1).send(new DescribeClusterCommand({ name: 'blue' }))
  await expect(described).rejects.toMatchObject({ name: 'ThrottlingException', $metadata: { httpStatusCode: 429 } })
  await client.send(new DescribeClusterCommand({ name: 'blue' }))
  expect(eks.describeCount('blue')).toBe(2)
  expect(eks.describeCount('green')).toBe(0)
})

function makeClient(maxAttempts = 3): EKSClient {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  return new EKSClient({ endpoint: eks.url, region: 'eu-central-1', credentials, maxAttempts })
}
