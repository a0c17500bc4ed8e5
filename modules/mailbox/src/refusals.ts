import { FlagTableFull } from "@casaforte/imap";
import { Failure } from "@casaforte/kernel";

type Refused = Error & { readonly code?: string; readonly detail?: string };

/**
 * As `explainRefusal`, where flags are told: a value that is longer than PostgreSQL lets one become (`program_limit_exceeded`) is
 * the keywords. Elsewhere it may be something else, like a text to be searched.
 */
export function explainLook(error: Refused): never {
  if (error.code === "54000") throw new FlagTableFull({ cause: error });
  return explainRefusal(error);
}

/** What the functions in sql/ refuse, as failures; anything else as it is. */
export function explainRefusal(error: Refused): never {
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
