export { parseAddressList } from "./addresses.ts";
export { baseSubject, isReplySubject } from "./base-subject.ts";
export { type MailDate, parseMailDate } from "./dates.ts";
export {
  cleanText,
  decodeCharset,
  decodedParameter,
  decodeHeaderText,
  decodeTransfer,
  foldText,
} from "./decode-text.ts";
export { envelopeOf, messageIds } from "./envelope.ts";
export { type HeaderField, HeaderFields, parseHeaderFields } from "./header.ts";
export { htmlToText } from "./html-text.ts";
export { indexMessage } from "./index-message.ts";
export { attachments, fileName, isInlineText, type LeafPart, leafParts } from "./leaf-parts.ts";
export { mimeLimits } from "./limits.ts";
export * from "./message-index.ts";
export { parseMessage } from "./parse-message.ts";
export { parameter, parseStructuredField, type StructuredField } from "./structured-field.ts";
export { headerOf, partText, shownName, summarise } from "./summarise.ts";
