import type { MailAccountReply } from "@casaforte/contract/mail";

/** What can be done to a mailbox from its row and its page. */
export type AccountAct =
  | "change"
  | "password"
  | "shares"
  | "recover"
  | "suspend"
  | "reopen"
  | "delete"
  | "restore"
  | "purge";

/** Those that make sense in its state, the usual ones first. */
export const actsOf = ({ state }: Pick<MailAccountReply, "state">): readonly AccountAct[] => {
  if (state === "deleted") return ["restore", "purge"];
  return ["change", "password", "shares", "recover", state === "active" ? "suspend" : "reopen", "delete"];
};

export const stateColors = { active: "green", suspended: "orange", deleted: "gray" } as const;

const dayMs = 86_400_000;
/** A deleted mailbox is kept for so many days. */
const keptDays = 30;

/** Until when a deleted mailbox can be called back, in milliseconds. */
export const keptUntilMs = (deletedAt: string): number => Date.parse(deletedAt) + keptDays * dayMs;
