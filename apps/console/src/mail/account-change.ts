import type { MailAccountReply } from "@casaforte/contract/mail";

type Door = keyof MailAccountReply["protocols"];

const gigabyte = 1_000_000_000;

/** What the form says of a mailbox. */
export interface AccountFields {
  readonly displayName: string;
  /** Gigabytes as they were typed; null: no limit of its own. */
  readonly quota: number | string | null;
  readonly protocols: MailAccountReply["protocols"];
  /** Those that it shows. */
  readonly doors: readonly Door[];
}

/** A size in bytes as the form shows it: gigabytes, to the megabyte. */
export const shownQuota = (bytes: number): number => Math.max(0.001, Math.round(bytes / 1_000_000) / 1_000);

/** Only what the form changed: what is shown rounded stays as it is, and so does what another changed meanwhile. */
export function changeOf(account: MailAccountReply, fields: AccountFields) {
  const { quotaBytes, protocols } = account;
  const displayName = fields.displayName.trim();
  const isSame = fields.quota !== null && quotaBytes !== null && Number(fields.quota) === shownQuota(quotaBytes);
  const quota = fields.quota === null ? null : Math.round(Math.max(0.001, Number(fields.quota)) * gigabyte);
  const changed = fields.doors.filter((door) => fields.protocols[door] !== protocols[door]);
  // JMAP is shut together with IMAP or SMTP where nothing is said of it.
  const isShut = changed.some((door) => (door === "imap" || door === "smtp") && !fields.protocols[door]);
  const said = fields.doors.filter((door) => changed.includes(door) || (door === "jmap" && isShut));
  return {
    ...(displayName === account.displayName ? {} : { displayName }),
    ...(isSame || quota === quotaBytes ? {} : { quotaBytes: quota }),
    ...(said.length === 0 ? {} : { protocols: Object.fromEntries(said.map((door) => [door, fields.protocols[door]])) }),
  };
}
