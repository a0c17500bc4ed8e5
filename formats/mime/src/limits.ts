/** Bounds on hostile messages. Beyond them parsing goes on with less detail; it never fails. */
export const mimeLimits = {
  /** Parts of one message, the root included. What follows belongs to the last part's body. */
  partsMax: 1_000,
  /** Depth of nested multiparts and messages; deeper ones are leaves. */
  depthMax: 100,
  /** Bytes of one header block that are looked at; the rest of the block is skipped, its offsets stay right. */
  headerBytesMax: 256 * 1024,
  /** Fields of one header block. */
  headerFieldsMax: 1_000,
  /** Characters of one header value kept in the index. */
  headerValueMax: 16 * 1024,
  /** Addresses of one header field. */
  addressesMax: 1_000,
  /** Parameters of one Content-Type or Content-Disposition. */
  parametersMax: 100,
  /** Message ids kept of References. */
  referencesMax: 100,
  /** Characters of one message id. */
  messageIdMax: 500,
  /** RFC 2046 §5.1.1 says 70; senders exceed it. */
  boundaryMax: 256,
  /** Encoded bytes of text parts that are decoded for search, over all parts. */
  searchSourceBytesMax: 4 * 1024 * 1024,
  /** Characters of text kept for search. */
  searchTextMax: 1024 * 1024,
  /** Characters of header text kept for search. */
  searchHeadersMax: 128 * 1024,
  /** RFC 8970: PREVIEW of at most 200 characters; JMAP allows 256. */
  previewMax: 200,
} as const;
