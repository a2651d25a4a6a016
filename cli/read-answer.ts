/** The body of an HTTP answer, never more of it than a caller expects: whoever answers without end does not fill the memory. */
import { CommandFailure, EXIT } from './arguments.ts'

/** Throws CommandFailure above `mostBytes`. */
export async function readAnswer(response: Response, mostBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk)
    bytes += chunk.byteLength
    if (bytes > mostBytes)
      throw new CommandFailure(`sparkgate: an answer of more than ${mostBytes} bytes was not read`, EXIT.toolFailed)
  }
  return Buffer.concat(chunks)
}
