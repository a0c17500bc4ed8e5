import { FlagTableFull } from "@casaforte/imap";
import { Failure } from "@casaforte/kernel";

/** What the functions in sql/ refuse, as failures; anything else as it is. */
export function explainRefusal(error: Error & { readonly code?: string; readonly detail?: string }): never {
  switch (error.code) {
    case "CF001":
      throw new Failure("not_found", "mailbox.account_not_found", "no such mail account", { cause: error });
    case "CF002": {
      const [usedBytes = 0, quotaBytes = 0, neededBytes] = (error.detail ?? "").split(" ").map(Number);
      const details = { usedBytes, quotaBytes, ...(neededBytes === undefined ? {} : { neededBytes }) };
      throw new Failure("over_quota", "mailbox.over_quota", "the mail account is full", { cause: error, details });
    }
    case "CF003":
      throw new Failure("not_found", "mailbox.not_found", "no such mailbox", { cause: error });
    case "CF004":
      // Of the account, or of one message.
      throw new Failure("invalid", "mailbox.too_many_keywords", error.message, { cause: error });
    case "CF005":
      throw new FlagTableFull({ cause: error });
    default:
      throw error;
  }
}
