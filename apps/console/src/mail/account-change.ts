import type { MailAccountReply } from "@casaforte/contract/mail";

const gigabyte = 1_000_000_000;

/** What the form says of a mailbox. */
export interface AccountFields {
  readonly displayName: string;
  /** Gigabytes as they were typed; null: no limit of its own. */
  readonly quota: number | string | null;
  readonly protocols: MailAccountReply["protocols"];
}

/** A size in bytes as the form shows it: gigabytes, to the megabyte. */
export const shownQuota = (bytes: number): number => Math.max(0.001, Math.round(bytes / 1_000_000) / 1_000);

/** Only what the form changed: what is shown rounded stays as it is, and so does what another changed meanwhile. */
export function changeOf(account: MailAccountReply, fields: AccountFields) {
  const { quotaBytes, protocols } = account;
  const displayName = fields.displayName.trim();
  const isSame = fields.quota !== null && quotaBytes !== null && Number(fields.quota) === shownQuota(quotaBytes);
  const quota = fields.quota === null ? null : Math.round(Math.max(0.001, Number(fields.quota)) * gigabyte);
  const doors = Object.entries(fields.protocols).filter(
    ([door, isOpen]) => protocols[door as keyof typeof protocols] !== isOpen,
  );
  return {
    ...(displayName === account.displayName ? {} : { displayName }),
    ...(isSame || quota === quotaBytes ? {} : { quotaBytes: quota }),
    ...(doors.length === 0 ? {} : { protocols: Object.fromEntries(doors) }),
  };
}
