import type { OpenedPart } from "./message.ts";

/** Which leaves are shown as text, which as HTML, and which are attachments. */
export interface BodyLists {
  readonly textBody: readonly OpenedPart[];
  readonly htmlBody: readonly OpenedPart[];
  readonly attachments: readonly OpenedPart[];
}

const isInlineMediaType = (type: string): boolean => /^(image|audio|video)\//.test(type);

/** Flattens a structure as RFC 8621 §4.1.4 says, step by step. */
export function bodyLists(root: OpenedPart): BodyLists {
  const lists = { textBody: [] as OpenedPart[], htmlBody: [] as OpenedPart[], attachments: [] as OpenedPart[] };
  flatten([root], "mixed", false, lists.htmlBody, lists.textBody, lists.attachments);
  return lists;
}

/** `html` or `text` is null where only the other alternative is being looked for. */
function flatten(
  parts: readonly OpenedPart[],
  multipartType: string,
  inAlternative: boolean,
  html: OpenedPart[] | null,
  text: OpenedPart[] | null,
  attachments: OpenedPart[],
): void {
  const textLength = text?.length ?? -1;
  const htmlLength = html?.length ?? -1;
  parts.forEach((part, index) => {
    const isMultipart = part.type.startsWith("multipart/");
    const isInline = isInlinePart(part, index, multipartType);
    if (isMultipart) {
      const subtype = part.type.slice("multipart/".length);
      flatten(part.subParts, subtype, inAlternative || subtype === "alternative", html, text, attachments);
    } else if (isInline) {
      placeInline(part, multipartType, inAlternative, { html, text, attachments });
    } else {
      attachments.push(part);
    }
  });
  if (multipartType !== "alternative" || text === null || html === null) return;
  // Only one alternative was found: the other reader gets it too.
  if (textLength === text.length && htmlLength !== html.length) text.push(...html.slice(htmlLength));
  if (htmlLength === html.length && textLength !== text.length) html.push(...text.slice(textLength));
}

function isInlinePart(part: OpenedPart, index: number, multipartType: string): boolean {
  if (part.disposition === "attachment") return false;
  const isShown = part.type === "text/plain" || part.type === "text/html" || isInlineMediaType(part.type);
  const isFirstOrUnnamed =
    index === 0 || (multipartType !== "related" && (isInlineMediaType(part.type) || part.name === null));
  return isShown && isFirstOrUnnamed;
}

function placeInline(
  part: OpenedPart,
  multipartType: string,
  inAlternative: boolean,
  lists: { html: OpenedPart[] | null; text: OpenedPart[] | null; attachments: OpenedPart[] },
): void {
  let { html, text } = lists;
  if (multipartType === "alternative") {
    if (part.type === "text/plain") text?.push(part);
    else if (part.type === "text/html") html?.push(part);
    else lists.attachments.push(part);
    return;
  }
  if (inAlternative) {
    if (part.type === "text/plain") html = null;
    if (part.type === "text/html") text = null;
  }
  text?.push(part);
  html?.push(part);
  if ((text === null || html === null) && isInlineMediaType(part.type)) lists.attachments.push(part);
}
