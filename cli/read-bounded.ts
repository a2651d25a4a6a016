/** Files and standard input, never more of them than a spec may have: a device or a wrong file does not fill the memory. */
import { closeSync, openSync, readSync } from 'node:fs'
import { DEFAULT_MAX_SPEC_BYTES } from '../shared/domain/job-spec/document/decode-document.ts'

/** One byte more than a spec may have says that it is too large. */
const BYTES_READ = DEFAULT_MAX_SPEC_BYTES + 1

/** The first bytes of a file, or of standard input (`-`); one more than a spec may have when there are more. Throws what the system says. */
export async function readBounded(file: string): Promise<Uint8Array> {
  return file === '-' ? readStandardInput() : readFile(file)
}

function readFile(file: string): Uint8Array {
  const buffer = Buffer.allocUnsafe(BYTES_READ)
  const descriptor = openSync(file, 'r')
  try {
    let size = 0
    // Pipes (`<(…)`) give what they have; each turn adds at least a byte.
    while (size < BYTES_READ) {
      const read = readSync(descriptor, buffer, size, BYTES_READ - size, null)
      if (read === 0) break
      size += read
    }
    return buffer.subarray(0, size)
  } finally {
    closeSync(descriptor)
  }
}

async function readStandardInput(): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of process.stdin as AsyncIterable<Uint8Array>) {
    chunks.push(chunk)
    size += chunk.byteLength
    if (size >= BYTES_READ) break
  }
  return Buffer.concat(chunks).subarray(0, BYTES_READ)
}
