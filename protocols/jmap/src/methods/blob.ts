/** Blob/upload, Blob/get and Blob/lookup. RFC 9404 §4. */
import { createHash } from "node:crypto";
import { concatBytes, fromUtf8, utf8 } from "@casaforte/kernel";
import { type Fields, isFields, read } from "../arguments.ts";
import type { AccountStore } from "../backend.ts";
import { blobReader } from "../blob-ids.ts";
import { blobDataBytesMax, blobSourcesMax, jmapLimits } from "../limits.ts";
import { accountOf, type Call, idsOf, type Method, resolveId, SetResult, writableAccountOf } from "../method.ts";
import { JmapError } from "../method-error.ts";

/** Blob/upload: small blobs out of texts, base64 and ranges of other blobs, also of those made in this request. */
export const blobUpload: Method = async (call) => {
  const account = await writableAccountOf(call);
  const create = Object.entries(read.fields(call.args, "create"));
  if (create.length > jmapLimits.maxObjectsInSet) throw new JmapError("requestTooLarge", "too many blobs");
  const result = new SetResult(call);
  for (const [creationId, object] of create)
    await result.attempt("notCreated", creationId, async () => {
      if (!isFields(object) || !Array.isArray(object["data"]))
        throw new JmapError("invalidProperties", "a blob has data", ["data"]);
      const bytes = await gather(call, account, object["data"]);
      const type = read.stringOrNull(object, "type") ?? "application/octet-stream";
      const id = await account.uploadBlob(bytes, type);
      call.createdIds.set(creationId, id);
      result.created[creationId] = { id, type, size: bytes.length };
    });
  const { created, notCreated } = result.parts();
  return [["Blob/upload", { accountId: account.info.id, created, notCreated }]];
};

async function gather(call: Call, account: AccountStore, sources: readonly unknown[]): Promise<Uint8Array> {
  if (sources.length > blobSourcesMax) throw new JmapError("tooLarge", "too many data sources", ["data"]);
  const pieces: Uint8Array[] = [];
  let size = 0;
  for (const source of sources) {
    const piece = await pieceOf(call, account, source);
    size += piece.length;
    if (size > blobDataBytesMax) throw new JmapError("tooLarge", "upload a blob of this size instead", ["data"]);
    pieces.push(piece);
  }
  return concatBytes(pieces);
}

async function pieceOf(call: Call, account: AccountStore, source: unknown): Promise<Uint8Array> {
  const wrong = (): JmapError => new JmapError("invalidProperties", "a source is text, base64 or a blob", ["data"]);
  if (!isFields(source)) throw wrong();
  const text = source["data:asText"];
  if (typeof text === "string") return utf8(text);
  const base64 = source["data:asBase64"];
  if (typeof base64 === "string") {
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(base64) || base64.length % 4 !== 0) throw wrong();
    return new Uint8Array(Buffer.from(base64, "base64"));
  }
  const blobId = source["blobId"];
  if (typeof blobId !== "string") throw wrong();
  const blob = await blobReader(account)(resolveId(call, blobId));
  if (blob === null) throw new JmapError("blobNotFound", "no such blob", ["data"]);
  const { bytes, isTruncated } = range(blob.bytes, source);
  if (isTruncated) throw new JmapError("invalidProperties", "the range goes beyond the blob", ["data"]);
  return bytes;
}

function range(bytes: Uint8Array, args: Fields): { readonly bytes: Uint8Array; readonly isTruncated: boolean } {
  const offset = read.integer(args, "offset", 0, 0);
  const length = read.integer(args, "length", Math.max(0, bytes.length - offset), 0);
  return { bytes: bytes.subarray(offset, offset + length), isTruncated: offset + length > bytes.length };
}

const digests = { "digest:sha": "sha1", "digest:sha-256": "sha256" } as const;
const plain = ["data", "data:asText", "data:asBase64", "size"];

/** Blob/get: bytes of a range as text or base64, digests, the whole size. */
export const blobGet: Method = async (call) => {
  const account = await accountOf(call);
  const ids = idsOf(call);
  if (ids === null) throw new JmapError("requestTooLarge", "name the blobs");
  const properties = read.stringsOrNull(call.args, "properties") ?? ["data", "size"];
  const unknown = properties.find((name) => name !== "id" && !plain.includes(name) && !Object.hasOwn(digests, name));
  if (unknown !== undefined) throw new JmapError("invalidArguments", `unknown property ${unknown}`, ["properties"]);
  const list: Fields[] = [];
  const notFound: string[] = [];
  let budget = blobDataBytesMax;
  for (const id of ids) {
    const blob = await blobReader(account)(id);
    if (blob === null) {
      notFound.push(id);
      continue;
    }
    const part = range(blob.bytes, call.args);
    if (properties.some((name) => name.startsWith("data"))) budget -= part.bytes.length;
    if (budget < 0) throw new JmapError("requestTooLarge", "download blobs of this size instead");
    list.push(blobObject(id, blob.bytes.length, part, properties));
  }
  return [["Blob/get", { accountId: account.info.id, list, notFound }]];
};

function blobObject(
  id: string,
  size: number,
  { bytes, isTruncated }: ReturnType<typeof range>,
  properties: readonly string[],
): Fields {
  const object: Record<string, unknown> = { id, ...(isTruncated ? { isTruncated: true } : {}) };
  const text = fromUtf8OrNull(bytes);
  const base64 = (): string => Buffer.from(bytes).toString("base64");
  for (const property of properties) {
    if (property === "size") object["size"] = size;
    else if (property === "data:asBase64") object[property] = base64();
    else if (property === "data:asText") object[property] = text;
    else if (property === "data") object[text === null ? "data:asBase64" : "data:asText"] = text ?? base64();
    else if (property in digests)
      object[property] = createHash(digests[property as keyof typeof digests])
        .update(bytes)
        .digest("base64");
  }
  // RFC 9404 §4.2: what is no UTF-8 has no text.
  if (text === null && properties.some((name) => name === "data:asText" || name === "data"))
    object["isEncodingProblem"] = true;
  return object;
}

function fromUtf8OrNull(bytes: Uint8Array): string | null {
  const text = fromUtf8(bytes);
  return text.includes("\ufffd") && !Buffer.from(text, "utf8").equals(Buffer.from(bytes)) ? null : text;
}

/** Blob/lookup: which emails use a blob; an id of a message or part says it itself. */
export const blobLookup: Method = async (call) => {
  const account = await accountOf(call);
  const types = read.stringsOrNull(call.args, "typeNames") ?? [];
  const unknown = types.find((type) => !["Email", "Thread", "Mailbox"].includes(type));
  if (unknown !== undefined) throw new JmapError("unknownDataType", `blobs of ${unknown} are not looked up`);
  const ids = idsOf(call) ?? [];
  const emailIds = ids.map((id) => /^M([^_]{1,100})/.exec(id)?.[1] ?? "");
  const emails = new Map((await account.emails(emailIds.filter((id) => id !== ""))).map((email) => [email.id, email]));
  const list: Fields[] = [];
  const notFound: string[] = [];
  for (const [index, id] of ids.entries()) {
    const email = emails.get(emailIds[index] ?? "");
    if (!email && (await account.readUpload(id)) === null) {
      notFound.push(id);
      continue;
    }
    const all = {
      Email: email ? [email.id] : [],
      Thread: email ? [email.threadId] : [],
      Mailbox: email?.mailboxIds ?? [],
    };
    list.push({ id, matchedIds: Object.fromEntries(types.map((type) => [type, all[type as keyof typeof all]])) });
  }
  return [["Blob/lookup", { accountId: account.info.id, list, notFound }]];
};
