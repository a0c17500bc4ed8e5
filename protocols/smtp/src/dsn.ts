import { Failure } from "@casaforte/kernel";
import type { SMTPServerAddress, SMTPServerSession } from "smtp-server";
import type { DsnOccasion, DsnRequest } from "./backend.ts";
import { dsnLimits } from "./limits.ts";

/** Nothing asked. */
export const noDsn: DsnRequest = { notify: null, originalRecipient: null, envelopeId: null, returns: null };

const badParameter = () => new Failure("invalid", "smtp.bad_parameter", "this parameter cannot be understood");

const printable = /^[\x20-\x7e]+$/;

/** @throws invalid `smtp.bad_parameter`: the envelope's id is longer than RFC 3461 §4.4 allows, or not printable. */
export function assertEnvelopeId(session: SMTPServerSession): void {
  const id = session.envelope.dsn?.envid ?? null;
  if (id !== null && (id.length > dsnLimits.envelopeIdMax || !printable.test(id))) throw badParameter();
}

/** @throws invalid `smtp.bad_parameter`: the original recipient is longer than RFC 3461 §4.2 allows, or not printable. */
export function assertOriginalRecipient(address: SMTPServerAddress): void {
  const original = address.dsn?.orcpt;
  if (original && (original.length > dsnLimits.originalRecipientMax || !printable.test(original))) throw badParameter();
}

const occasions: readonly DsnOccasion[] = ["success", "failure", "delay"];

/** What was asked about this recipient. The library has checked the words. */
export function dsnOf(session: SMTPServerSession, address: SMTPServerAddress): DsnRequest {
  const { ret, envid } = session.envelope.dsn ?? {};
  const said = address.dsn?.notify?.map((word) => word.toLowerCase());
  return {
    notify: said ? occasions.filter((one) => said.includes(one)) : null,
    originalRecipient: address.dsn?.orcpt ?? null,
    envelopeId: envid ?? null,
    returns: ret === "FULL" ? "full" : ret === "HDRS" ? "headers" : null,
  };
}
