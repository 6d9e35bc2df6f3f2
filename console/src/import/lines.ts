// The lines of a file as an editor counts them, in bytes: ended by LF, CRLF or CR. UTF-16 becomes UTF-8; whatever else the
// bytes stand for is for the server to say.

const LF = 10;
const CR = 13;

/** The encoding of a file in UTF-16; of a list without a mark, every second byte at its beginning is zero. */
function utf16(start: Uint8Array): string | null {
  const [a, b, c, d] = start;
  if ((a === 0xff && b === 0xfe) || (b === 0 && a !== 0 && d === 0)) return "utf-16le";
  if ((a === 0xfe && b === 0xff) || (a === 0 && b !== 0 && c === 0)) return "utf-16be";
  return null;
}

async function streamOf(file: Blob): Promise<ReadableStream<Uint8Array>> {
  const label = utf16(new Uint8Array(await file.slice(0, 4).arrayBuffer()));
  if (!label) return file.stream();
  return file
    .stream()
    .pipeThrough(new TextDecoderStream(label) as unknown as TransformStream<Uint8Array<ArrayBuffer>, string>)
    .pipeThrough(new TextEncoderStream());
}

function joined(parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The lines of a file, in their order, the empty ones among them. */
export async function* linesOf(file: Blob): AsyncGenerator<Uint8Array> {
  const reader = (await streamOf(file)).getReader();
  let begun: Uint8Array[] = [];
  let endedInReturn = false;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    let start = 0;
    for (let at = 0; at < value.length; at += 1) {
      const byte = value[at];
      if (byte === LF && endedInReturn && at === start && begun.length === 0) {
        // The line break goes on.
        start = at + 1;
      } else if (byte === LF || byte === CR) {
        yield joined([...begun, value.subarray(start, at)]);
        begun = [];
        start = at + 1;
      }
      endedInReturn = byte === CR;
    }
    if (start < value.length) begun.push(value.slice(start));
  }
  if (begun.length > 0) yield joined(begun);
}

/** Whether a line has nothing but blanks. */
export function isBlank(line: Uint8Array): boolean {
  return line.every((byte) => byte === 32 || byte === 9);
}
