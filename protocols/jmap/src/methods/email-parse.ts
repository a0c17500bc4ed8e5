/** Email/parse. RFC 8621 §4.9: messages that are blobs, such as attached ones, without importing them. */
import type { Fields } from "../arguments.ts";
import { readBlob } from "../blob-ids.ts";
import { parsedEmailObject, readParseView } from "../email-object.ts";
import { parseBytesMax } from "../limits.ts";
import { accountOf, idsOf, type Method } from "../method.ts";
import { JmapError } from "../method-error.ts";
import { looksLikeMessage } from "./email-import.ts";

/** Email/parse. */
export const emailParse: Method = async (call) => {
  const account = await accountOf(call);
  const ids = idsOf(call, "blobIds");
  if (ids === null) throw new JmapError("invalidArguments", "name the blobs", ["blobIds"]);
  const view = readParseView(call.args);
  const parsed: Record<string, Fields> = {};
  const notParsable: string[] = [];
  const notFound: string[] = [];
  let budget = parseBytesMax;
  for (const blobId of ids) {
    const blob = await readBlob(account, blobId);
    if (blob === null) {
      notFound.push(blobId);
      continue;
    }
    budget -= blob.bytes.length;
    if (budget < 0) throw new JmapError("requestTooLarge", "fewer blobs at once");
    if (looksLikeMessage(blob.bytes)) parsed[blobId] = parsedEmailObject(view, blobId, blob.bytes, call.budget);
    else notParsable.push(blobId);
  }
  const orNull = <T extends object>(part: T): T | null => (Object.keys(part).length === 0 ? null : part);
  const accountId = account.info.id;
  return [
    [
      "Email/parse",
      { accountId, parsed: orNull(parsed), notParsable: orNull(notParsable), notFound: orNull(notFound) },
    ],
  ];
};
