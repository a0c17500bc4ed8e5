import { type Bytes, Failure } from "@casaforte/kernel";

const cr = 13;
const lf = 10;
const received = "received";

export interface GuardLimits {
  readonly messageBytesMax: number;
  readonly headerBytesMax: number;
  readonly receivedFieldsMax: number;
}

/**
 * Watches a message as it streams, in any split of its bytes: bare CR or LF (RFC 5321 §2.3.8; the root of SMTP
 * smuggling), size, size of the header section, number of Received fields.
 *
 * The guard sees the bytes after dot unescaping. That is as good as the wire: unescaping takes away a dot between an LF
 * and another dot, so no CR and no LF ever gains or loses a neighbour that is CR or LF. The property test drives the
 * real stream parser against this claim.
 */
export class MessageGuard {
  readonly #limits: GuardLimits;
  #bytes = 0;
  #isAfterCr = false;
  #isInHeader = true;
  /** Column in the current line; the start of the name of a field is compared with `received`. */
  #column = 0;
  #isReceived = true;
  #receivedFields = 0;

  constructor(limits: GuardLimits) {
    this.#limits = limits;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** @throws invalid `smtp.bare_line_ending`, `smtp.loop`; too_large `smtp.message_too_large`, `smtp.header_too_large`. */
  push(chunk: Bytes): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#limits.messageBytesMax)
      throw new Failure("too_large", "smtp.message_too_large", "the message is larger than this server takes");
    this.#isInHeader ? this.#scanHeader(chunk) : this.#scanBody(chunk, 0);
  }

  /** The end of the message. @throws invalid `smtp.bare_line_ending`. */
  end(): void {
    if (this.#isAfterCr) this.#refuse();
  }

  #refuse(): never {
    throw new Failure("invalid", "smtp.bare_line_ending", "the message has a bare CR or LF; lines must end with CRLF");
  }

  #scanHeader(chunk: Bytes): void {
    for (let index = 0; index < chunk.length; index++) {
      const byte = chunk[index] ?? 0;
      if (byte === lf) {
        if (!this.#isAfterCr) this.#refuse();
        this.#isAfterCr = false;
        const isBlank = this.#column === 0;
        this.#column = 0;
        this.#isReceived = true;
        if (isBlank) {
          this.#isInHeader = false;
          this.#scanBody(chunk, index + 1);
          return;
        }
      } else if (this.#isAfterCr) {
        this.#refuse();
      } else if (byte === cr) {
        this.#isAfterCr = true;
      } else {
        this.#noteHeaderByte(byte);
      }
    }
    if (this.#bytes > this.#limits.headerBytesMax)
      throw new Failure("too_large", "smtp.header_too_large", "the header section is too large");
  }

  #noteHeaderByte(byte: number): void {
    if (this.#isReceived && this.#column <= received.length) {
      if (this.#column < received.length) this.#isReceived = (byte | 0x20) === received.charCodeAt(this.#column);
      else if (byte === 0x3a) this.#countReceived();
    }
    this.#column++;
  }

  #countReceived(): void {
    this.#receivedFields++;
    if (this.#receivedFields >= this.#limits.receivedFieldsMax)
      throw new Failure("invalid", "smtp.loop", "the message has been through too many servers");
  }

  #scanBody(chunk: Bytes, from: number): void {
    let index = from;
    if (this.#isAfterCr && index < chunk.length) {
      if (chunk[index] !== lf) this.#refuse();
      this.#isAfterCr = false;
      index++;
    }
    // indexOf runs at memory speed; a byte loop over 50 MB would hold up every other session.
    let nextCr = chunk.indexOf(cr, index);
    let nextLf = chunk.indexOf(lf, index);
    while (nextCr !== -1 || nextLf !== -1) {
      if (nextCr === -1 || (nextLf !== -1 && nextLf < nextCr)) this.#refuse();
      if (nextCr === chunk.length - 1) {
        this.#isAfterCr = true;
        return;
      }
      if (nextLf !== nextCr + 1) this.#refuse();
      nextCr = chunk.indexOf(cr, nextLf + 1);
      nextLf = chunk.indexOf(lf, nextLf + 1);
    }
  }
}

/** The same bytes, guarded; throws at the first breach. */
export async function* guardMessage(source: AsyncIterable<Bytes>, limits: GuardLimits): AsyncGenerator<Bytes> {
  const guard = new MessageGuard(limits);
  for await (const chunk of source) {
    guard.push(chunk);
    yield chunk;
  }
  guard.end();
}
