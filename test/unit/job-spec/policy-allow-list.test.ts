import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { allows, allowsField, allowsPath, describePatterns } from '../../../shared/domain/job-spec/policy/allow-list.ts'
import { allowsImage, pinOf } from '../../../shared/domain/job-spec/policy/allows-image.ts'

describe('an allow-list of names', () => {
  test.each([
    [['a'], 'a', true],
    [['a'], 'ab', false],
    [['a*'], 'a', true],
    [['*a*b'], 'xxaxxb', true],
    [['*a*b'], 'xxb', false],
    [['ab*ba'], 'aba', false],
    [['spark.{driver,executor}.*'], 'spark.executor.x', true],
    [['spark.{driver,executor}.*'], 'spark.other.x', false],
    [['{a,b}.{c,d}'], 'b.c', true],
    [['a.c'], 'abc', false],
    [['.*'], 'abc', false],
    [['('], '(', true],
    [['*'], '', true],
    [[], 'a', false],
  ])('%j and %s: %s', (patterns, name, allowed) => {
    expect(allows(patterns, name)).toBe(allowed)
  })

  test('is as slow as the name is long, and no slower', () => {
    const started = performance.now()
    expect(allows(['*a*a*a*a*a*a*a*b'], 'a'.repeat(100_000))).toBe(false)
    expect(performance.now() - started).toBeLessThan(1_000)
  })

  test('takes a name that is a pattern of itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'b', '.', '-', '/') }), name => {
        expect(allows([name], name)).toBe(true)
      }),
    )
  })
})

describe('an allow-list of paths', () => {
  test.each([
    [['s3a://bucket/prefix/'], 's3a://bucket/prefix/a/b.jar', true],
    [['s3a://bucket/prefix/'], 's3://bucket/prefix/a.jar', true],
    [['s3://bucket/prefix/*'], 's3a://bucket/prefix/a.jar', true],
    [['s3a://bucket/prefix/'], 's3a://bucket/prefix-of-others/a.jar', false],
    [['s3a://bucket/prefix/'], 's3a://bucket/prefix', false],
    [['s3a://bucket/prefix/'], 's3a://bucket/prefix/', false],
    [['s3a://bucket/prefix/'], 's3a://bucket/prefix/../other/a.jar', false],
    [['s3a://bucket/prefix/'], 's3a://bucket/prefix/%2e%2E/other/a.jar', false],
    [['s3a://bucket/'], 's3a://KEY:SECRET@bucket/a.jar', false],
    [['s3a://bucket/'], 's3a://bucket.evil.example.com/a.jar', false],
    [['s3a://team-*/jobs/'], 's3a://team-a/jobs/x', true],
    [['s3a://team-*/jobs/'], 's3a://team-a/b/jobs/x', false],
    [['local:///opt/'], 'local:///opt/a.jar', true],
    [['local:///opt/'], 'local:///opt/../etc/a.jar', false],
    [['local:///opt/'], 's3a://bucket/opt/a.jar', false],
    [['/mnt/k8s-disks'], '/mnt/k8s-disks', true],
    [['/mnt/k8s-disks'], '/mnt/k8s-disks/0', false],
    [['/mnt/k8s-disks/*'], '/mnt/k8s-disks/0', true],
    [['*'], '/anything/../at/all', true],
  ])('%j and %s: %s', (patterns, path, allowed) => {
    expect(allowsPath(patterns, path)).toBe(allowed)
  })
})

describe('an allow-list of fields', () => {
  test.each([
    [['spec.tolerations'], 'spec.tolerations.key', true],
    [['spec.tolerations'], 'spec.tolerationsOfOthers', false],
    [['spec.tolerations.key'], 'spec.tolerations', false],
    [['spec.*Seconds'], 'spec.terminationGracePeriodSeconds', true],
    [['spec.*Seconds'], 'spec.volumes.hostPath.xSeconds', false],
  ])('%j and %s: %s', (patterns, path, allowed) => {
    expect(allowsField(patterns, path)).toBe(allowed)
  })
})

describe('an allow-list of images', () => {
  test.each([
    [['registry.example.com/team/*'], 'registry.example.com/team/spark:4', true],
    [['registry.example.com/team/*'], 'registry.example.com/team/a/b@sha256:' + 'a'.repeat(64), true],
    [['registry.example.com/team/*'], 'registry.example.com/team', false],
    [['registry.example.com/team/*'], 'registry.example.com/other/spark:4', false],
    [['registry.example.com/team/*'], 'registry.example.com:5000/team/spark:4', false],
    [['registry.example.com/team/*'], 'registry.example.com/team/../other/spark', false],
    [['registry.example.com/team/*'], 'evil.example.com/registry.example.com/team/spark', false],
    [['registry.example.com/*'], 'registry.example.com.evil.example.com/spark', false],
    [['docker.io/apache/*'], 'apache/spark:4.0.1', true],
    [['docker.io/apache/*'], 'index.docker.io/apache/spark', true],
    [['docker.io/apache/*'], 'Apache/spark', false],
    [['docker.io/library/*'], 'spark:3.5.2', true],
    [['docker.io/library/*'], 'docker.io/spark', true],
    [['docker.io/library/*'], 'localhost/spark', false],
    [[], 'spark', false],
  ])('%j and %s: %s', (patterns, image, allowed) => {
    expect(allowsImage(patterns, image)).toBe(allowed)
  })

  test.each([
    ['spark', 'any'],
    ['spark:latest', 'any'],
    ['registry.example.com:5000/spark', 'any'],
    ['spark:4.0.1', 'fixed'],
    [`spark:latest@sha256:${'a'.repeat(64)}`, 'digest'],
  ])('%s is pinned by %s', (image, pin) => {
    expect(pinOf(image)).toBe(pin)
  })
})

test('people read the first twelve patterns and how many more there are', () => {
  const patterns = Array.from({ length: 15 }, (_, index) => `p${index}`)
  expect(describePatterns(patterns)).toMatch(/^p0, p1, .*p11 and 3 more$/)
  expect(describePatterns(['a', 'b'])).toBe('a, b')
})
