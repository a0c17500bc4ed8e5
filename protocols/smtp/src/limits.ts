/** Named limits of one listener. */
export interface SmtpLimits {
  /** Biggest message, as advertised by SIZE (RFC 1870). */
  readonly messageBytesMax: number;
  /** Biggest header section; more is refused as `smtp.header_too_large`. */
  readonly headerBytesMax: number;
  readonly recipientsMax: number;
  /** 4xx and 5xx replies in one connection before it is closed. */
  readonly errorsMax: number;
  readonly authFailuresMax: number;
  /** Commands before AUTH on a submission port. */
  readonly unauthenticatedCommandsMax: number;
  readonly commandBytesMax: number;
  /** Received fields of a message that has not yet travelled in a circle (RFC 5321 §6.3). */
  readonly receivedFieldsMax: number;
  readonly connectionsMax: number;
  readonly connectionsPerAddressMax: number;
  /** Silence before the connection is closed. */
  readonly idleMsMax: number;
  /** Whole life of a connection. */
  readonly connectionMsMax: number;
}

export const smtpLimits: SmtpLimits = {
  messageBytesMax: 50 * 1024 * 1024,
  headerBytesMax: 512 * 1024,
  recipientsMax: 100,
  errorsMax: 20,
  authFailuresMax: 3,
  unauthenticatedCommandsMax: 20,
  commandBytesMax: 12 * 1024,
  receivedFieldsMax: 50,
  connectionsMax: 1_000,
  connectionsPerAddressMax: 50,
  idleMsMax: 5 * 60_000,
  connectionMsMax: 60 * 60_000,
};

/** RFC 3461 §4.2 and §4.4, in characters. */
export const dsnLimits = { originalRecipientMax: 500, envelopeIdMax: 100 } as const;
