import type { BodyPart, Parameters } from "../message-structure.ts";
import { formatEnvelope } from "./envelope.ts";
import { formatNString, formatString } from "./quote.ts";

/** Deeper parts are printed as if they were opaque; a parser bounds the depth before. */
const depthMax = 100;

/**
 * BODYSTRUCTURE (`extended`) or BODY as printed, one character a byte (RFC 9051 §7.5.2). A store may keep the extended
 * form as `Prepared`.
 */
export function formatBodyStructure(part: BodyPart, extended: boolean, depth = 0): string {
  if (part.parts && part.parts.length > 0 && depth < depthMax) {
    const children = part.parts.map((child) => formatBodyStructure(child, extended, depth + 1)).join("");
    const tail = extended ? ` ${parameters(part.parameters)}${extension(part)}` : "";
    return `(${children} ${formatString(part.subtype)}${tail})`;
  }
  return `(${fields(part)}${specific(part, extended, depth)}${
    extended ? ` ${formatNString(part.md5)}${extension(part)}` : ""
  })`;
}

function fields(part: BodyPart): string {
  const kind = part.parts || depthOpaque(part) ? '"application" "octet-stream"' : media(part);
  return `${kind} ${parameters(part.parameters)} ${formatNString(part.id)} ${formatNString(
    part.description,
  )} ${formatString(part.encoding)} ${part.bodySizeBytes}`;
}

function depthOpaque(part: BodyPart): boolean {
  return part.type.toLowerCase() === "message" && isMessageSubtype(part) && !part.message;
}

function isMessageSubtype(part: BodyPart): boolean {
  const subtype = part.subtype.toLowerCase();
  return subtype === "rfc822" || subtype === "global";
}

function media(part: BodyPart): string {
  return `${formatString(part.type)} ${formatString(part.subtype)}`;
}

function specific(part: BodyPart, extended: boolean, depth: number): string {
  if (part.message) {
    const inner =
      depth < depthMax
        ? formatBodyStructure(part.message.structure, extended, depth + 1)
        : '("text" "plain" NIL NIL NIL "7bit" 0 0)';
    return ` ${formatEnvelope(part.message.envelope)} ${inner} ${part.bodyLines}`;
  }
  return part.type.toLowerCase() === "text" ? ` ${part.bodyLines}` : "";
}

function extension(part: BodyPart): string {
  const { disposition, language } = part;
  const where = disposition ? `(${formatString(disposition.type)} ${parameters(disposition.parameters)})` : "NIL";
  let tongues = "NIL";
  if (language && language.length === 1) tongues = formatString(language[0] ?? "");
  else if (language && language.length > 1) tongues = `(${language.map(formatString).join(" ")})`;
  return ` ${where} ${tongues} ${formatNString(part.location)}`;
}

function parameters(list: Parameters): string {
  if (list.length === 0) return "NIL";
  return `(${list.map(([name, value]) => `${formatString(name)} ${formatString(value)}`).join(" ")})`;
}
