import type { ListedMailAccount } from "@casaforte/contract/mail";

/** What can be done to a mailbox from its row and its page. */
export type AccountAct =
  | "invite"
  | "change"
  | "password"
  | "disconnect"
  | "shares"
  | "recover"
  | "suspend"
  | "reopen"
  | "delete"
  | "restore"
  | "purge";

/** Those that make sense in its state, the usual ones first. */
export const actsOf = ({ state, access }: Pick<ListedMailAccount, "state" | "access">): readonly AccountAct[] => {
  if (state === "deleted") return ["restore", "purge"];
  const first: readonly AccountAct[] = state === "active" && access?.hasPassword === false ? ["invite"] : [];
  return [...first, "change", "password", "shares", "recover", state === "active" ? "suspend" : "reopen", "delete"];
};

/** What is said of a mailbox that nobody has opened. */
export const neverIn = ({ hasPassword }: { readonly hasPassword: boolean }) =>
  hasPassword ? ("list.never" as const) : ("accounts.notYetIn" as const);

export const stateColors = { active: "green", suspended: "orange", deleted: "gray" } as const;

const dayMs = 86_400_000;
/** A deleted mailbox is kept for so many days. */
const keptDays = 30;

/** Until when a deleted mailbox can be called back, in milliseconds. */
export const keptUntilMs = (deletedAt: string): number => Date.parse(deletedAt) + keptDays * dayMs;
