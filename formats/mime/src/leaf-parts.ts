import { decodedParameter } from "./decode-text.ts";
import type { MimePart } from "./message-index.ts";

/** A part without children, with its IMAP section number such as `1.2`. */
export interface LeafPart {
  readonly section: string;
  readonly part: MimePart;
  /** Subtype of the multipart it lies in; empty for a message's only part. */
  readonly within: string;
  /** True inside a message/rfc822. */
  readonly isNested: boolean;
}

/** Every leaf in order; a message/rfc822 is a leaf and, with `into` "messages", its inside follows. */
export function* leafParts(root: MimePart, into: "this" | "messages" = "this"): Generator<LeafPart> {
  yield* walk(root, "", "", false, into);
}

function* walk(part: MimePart, section: string, within: string, isNested: boolean, into: string): Generator<LeafPart> {
  if (part.parts) {
    for (const [index, child] of part.parts.entries()) {
      const own = section === "" ? `${index + 1}` : `${section}.${index + 1}`;
      yield* walk(child, own, part.subtype, isNested, into);
    }
    return;
  }
  const own = section === "" ? "1" : section;
  yield { section: own, part, within, isNested };
  if (part.message && into === "messages") {
    const inner = part.message.structure;
    yield* walk(inner, inner.parts ? own : `${own}.1`, "", true, into);
  }
}

/** The name a part asks to be saved under, decoded; null when it has none. */
export function fileName(part: MimePart): string | null {
  const named = part.disposition ? decodedParameter(part.disposition.parameters, "filename") : null;
  return named ?? decodedParameter(part.parameters, "name");
}

/** True for what a reader shows as the text of the message, not as a file. */
export function isInlineText({ part }: LeafPart): boolean {
  if (part.type !== "text" || (part.subtype !== "plain" && part.subtype !== "html")) return false;
  return part.disposition?.type !== "attachment" && (part.disposition?.type === "inline" || fileName(part) === null);
}

const signatures = new Set(["pgp-signature", "pkcs7-signature", "x-pkcs7-signature", "pgp-encrypted"]);

/** What a reader lists as attachments (RFC 8621 §4.1.4): not the text, not pictures of the HTML, not signatures. */
export function attachments(root: MimePart): readonly LeafPart[] {
  return [...leafParts(root)].filter((leaf) => {
    const { part, within } = leaf;
    if (part.disposition?.type === "attachment")
      return !(within === "related" && part.id !== null && part.type === "image");
    if (isInlineText(leaf) || signatures.has(part.subtype)) return false;
    if (within === "related" && part.id !== null) return false;
    if (
      part.disposition?.type === "inline" &&
      (part.type === "image" || part.type === "audio" || part.type === "video")
    )
      return fileName(part) !== null && part.id === null;
    return true;
  });
}
