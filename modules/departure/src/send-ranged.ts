import { Readable } from "node:stream";
import { type Bytes, Failure } from "@casaforte/kernel";
import { parseRange } from "@casaforte/vault";

/** A body of known size, of which any range can be read. */
export interface RangedBody {
  readonly size: number;
  /** Names these very bytes and no others: pieces of two downloads with the same name fit together. Letters, digits, `-`. */
  readonly etag: string;
  open(offset: number, length: number, signal: AbortSignal): AsyncIterable<Bytes>;
}

interface Reply {
  readonly raw: { once(event: "close", listener: () => void): unknown; readonly writableFinished: boolean };
  status(code: number): Reply;
  headers(values: Record<string, string>): Reply;
  send(body?: Readable): unknown;
}

/** What a request says of the piece that it wants. */
export interface RangeHeaders {
  readonly range?: string | undefined;
  readonly "if-range"?: string | undefined;
}

/** The piece that is asked for; null: one beyond the end. @throws invalid `vault.range_invalid`. */
function pieceOf(body: Pick<RangedBody, "size" | "etag">, asked: RangeHeaders) {
  const fits = asked["if-range"] === undefined || asked["if-range"].trim() === `"${body.etag}"`;
  if (asked.range === undefined || !fits) return { first: 0, length: body.size, isWhole: true };
  const range = parseRange(asked.range, body.size);
  return range === null ? null : { ...range, isWhole: false };
}

/** Whether what is sent begins with the first byte: a download begins, and does not go on. @throws as `sendRanged`. */
export const isBeginning = (body: Pick<RangedBody, "size" | "etag">, asked: RangeHeaders): boolean =>
  pieceOf(body, asked)?.first === 0;

/**
 * A whole body or one range of it, so that a cut download goes on where it stopped (R62; RFC 9110 §13.1.5, §14). Who says
 * with If-Range of which bytes a piece was taken gets the whole anew when they are others now; a range beyond the end is
 * answered with the size. @throws invalid `vault.range_invalid`.
 */
export function sendRanged(
  reply: Reply,
  body: RangedBody,
  asked: RangeHeaders,
  { fileName, contentType = "application/x-tar" }: { readonly fileName: string; readonly contentType?: string },
): unknown {
  const piece = pieceOf(body, asked);
  const base = { "accept-ranges": "bytes", etag: `"${body.etag}"` };
  if (piece === null)
    return reply
      .status(416)
      .headers({ ...base, "content-range": `bytes */${body.size}` })
      .send();
  const { first, length, isWhole } = piece;
  const gone = new AbortController();
  reply.raw.once("close", () => {
    if (!reply.raw.writableFinished) gone.abort(new Failure("cancelled", "departure.cancelled", "the reader is gone"));
  });
  return reply
    .status(isWhole ? 200 : 206)
    .headers({
      ...base,
      "content-type": contentType,
      "content-length": String(length),
      "content-disposition": `attachment; filename="${fileName}"`,
      ...(isWhole ? {} : { "content-range": `bytes ${first}-${first + length - 1}/${body.size}` }),
    })
    .send(Readable.from(body.open(first, length, gone.signal)));
}
