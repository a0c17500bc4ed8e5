import { decodeTransfer, headerOf, htmlToText, leafParts, type MessageIndex, partText } from "@casaforte/mime";

/** A message as scripts look at it. Values are binary strings as in the header, unfolded; texts are decoded. */
export interface SieveMessage {
  readonly sizeBytes: number;
  /** Values of the fields of that name (lower case), in order, undecoded. */
  fields(name: string): readonly string[];
  /** The texts of a reader's eyes: text parts decoded, HTML as text (RFC 5173 §5.3). */
  texts(): readonly string[];
  /** Decoded content of the parts whose type is one of these: `text`, `text/html`, or the empty string for all (§5.2). */
  contents(types: readonly string[]): readonly string[];
  /** The whole body as it is (§5.1), one character a byte. */
  rawBody(): string;
}

/** Bytes of a body that tests look at. */
const bodyBytesMax = 1024 * 1024;

/** The message behind an index. Nothing is decoded before a test asks. */
export function sieveMessage(bytes: Buffer, index: MessageIndex): SieveMessage {
  const { structure } = index;
  const header = headerOf(bytes, structure);
  const parts = () => [...leafParts(structure, "messages")].map(({ part }) => part);
  let texts: readonly string[] | null = null;
  return {
    sizeBytes: bytes.length,
    fields: (name) => header.all.filter((field) => field.name === name).map(({ value }) => value),
    texts() {
      texts ??= parts()
        .filter(({ type }) => type === "text")
        .map((part) => {
          const text = partText(bytes, part, bodyBytesMax);
          return part.subtype === "html" ? htmlToText(text) : text;
        });
      return texts;
    },
    contents: (types) =>
      parts()
        .filter(({ type, subtype }) =>
          types.some((wanted) => wanted === "" || wanted === type || wanted === `${type}/${subtype}`),
        )
        .map((part) =>
          part.type === "text"
            ? partText(bytes, part, bodyBytesMax)
            : decodeTransfer(
                bytes.subarray(part.bodyOffset, part.bodyOffset + Math.min(part.bodySizeBytes, bodyBytesMax)),
                part.encoding,
              ).toString("latin1"),
        ),
    rawBody: () => bytes.toString("latin1", structure.bodyOffset, structure.bodyOffset + bodyBytesMax),
  };
}
