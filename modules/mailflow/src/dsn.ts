import { type DsnOccasion, type DsnRequest, noDsn } from "@casaforte/smtp";

/** Whether the sender wants to hear of this. Who says nothing hears of failures (RFC 3461 §4.1). */
export const isWanted = ({ notify }: DsnRequest, occasion: DsnOccasion): boolean =>
  notify === null ? occasion === "failure" : notify.includes(occasion);

/** The same without a word of success: somebody has told it already, or must not. */
export const withoutSuccess = (dsn: DsnRequest): DsnRequest =>
  dsn.notify === null ? dsn : { ...dsn, notify: dsn.notify.filter((one) => one !== "success") };

/**
 * What is left for a sender that nothing proves: news of a failure unless it was declined, and the headers alone. Else
 * whole messages could be sent to anybody.
 */
export const forUnproven = (dsn: DsnRequest): DsnRequest => ({
  ...dsn,
  returns: dsn.returns === null ? null : "headers",
  notify: dsn.notify?.filter((one) => one === "failure") ?? null,
});

/**
 * What goes on with a message that `via` forwards (RFC 3461 §5.2.7): to one target everything, since its server can tell
 * of success; to several without success, which is told where the address was expanded.
 */
export function forwardedDsn(dsn: DsnRequest, via: string, isOnlyTarget: boolean): DsnRequest {
  if (dsn.notify === null && dsn.envelopeId === null && dsn.returns === null && dsn.originalRecipient === null)
    return noDsn;
  const named = { ...dsn, originalRecipient: dsn.originalRecipient ?? `rfc822;${via}`.slice(0, 500) };
  return isOnlyTarget ? named : withoutSuccess(named);
}

/** Columns of a row that remembers a request. */
export interface DsnColumns {
  readonly dsn_notify: DsnOccasion[] | null;
  readonly dsn_original: string | null;
  readonly dsn_envelope: string | null;
  readonly dsn_returns: "full" | "headers" | null;
}

export const dsnOfRow = (row: DsnColumns): DsnRequest => ({
  notify: row.dsn_notify,
  originalRecipient: row.dsn_original,
  envelopeId: row.dsn_envelope,
  returns: row.dsn_returns,
});
