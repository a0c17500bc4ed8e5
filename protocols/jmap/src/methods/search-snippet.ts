/** SearchSnippet/get. RFC 8621 §5.1: from subject and preview, which are at hand, and from bodies where these say nothing. */
import { type Bytes, Failure, type Logger } from "@casaforte/kernel";
import { isFields } from "../arguments.ts";
import type { AccountStore, EmailRecord } from "../backend.ts";
import { snippetBytesMax, snippetWordCharsMax, snippetWordsMax } from "../limits.ts";
import { accountOf, idsOf, type Method } from "../method.ts";
import { JmapError } from "../method-error.ts";
import { bodyText, markAll, snippetOf } from "../snippet.ts";

/** SearchSnippet/get. Bodies are opened up to a number of octets a call; beyond it a preview that says nothing stays null. */
export const searchSnippetGet: Method = async (call) => {
  const account = await accountOf(call);
  const ids = idsOf(call, "emailIds");
  if (ids === null) throw new JmapError("invalidArguments", "name the emails", ["emailIds"]);
  const words = wordsOf(call.args["filter"], ["text", "subject", "body"]);
  const inBody = wordsOf(call.args["filter"], ["text", "body"]);
  const emails = new Map((await account.emails(ids)).map((email) => [email.id, email]));
  const bodies = new Bodies(account, call.logger);
  const list = [];
  for (const id of ids) {
    const email = emails.get(id);
    if (email === undefined) continue;
    const preview = snippetOf(email.preview, words) ?? (await bodies.snippet(email, inBody));
    list.push({ emailId: id, subject: markAll(email.subject ?? "", words), preview });
  }
  const notFound = ids.filter((id) => !emails.has(id));
  return [
    ["SearchSnippet/get", { accountId: account.info.id, list, notFound: notFound.length === 0 ? null : notFound }],
  ];
};

/** The bodies that one call may open. */
class Bodies {
  readonly #account: AccountStore;
  readonly #logger: Logger;
  #left: number = snippetBytesMax;
  #isNoted = false;

  constructor(account: AccountStore, logger: Logger) {
    this.#account = account;
    this.#logger = logger;
  }

  async snippet({ id, size }: EmailRecord, words: readonly string[]): Promise<string | null> {
    if (words.length === 0 || size > this.#left) return null;
    this.#left -= size;
    const message = await this.#read(id);
    return message === null ? null : snippetOf(bodyText(message), words);
  }

  /** One that cannot be read has no snippet, and the others have theirs. One line a call: a store may be away for all. */
  async #read(id: string): Promise<Bytes | null> {
    try {
      return await this.#account.readMessage(id);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (error.kind !== "not_found" && !this.#isNoted) {
        this.#isNoted = true;
        this.#logger.error("jmap.body_unread", error, { account: this.#account.info.id, email: id });
      }
      return null;
    }
  }
}

/** What is looked for in these places, in lower case; what must not be there is nowhere to be marked. */
function wordsOf(filter: unknown, places: readonly string[]): readonly string[] {
  const found = new Set<string>();
  const visit = (part: unknown): void => {
    if (!isFields(part) || part["operator"] === "NOT") return;
    if (Array.isArray(part["conditions"])) return void (part["conditions"] as readonly unknown[]).forEach(visit);
    for (const place of places) {
      const value = part[place];
      if (typeof value === "string") for (const word of value.toLowerCase().split(/\s+/)) found.add(word);
    }
  };
  visit(filter);
  return [...found].filter((word) => word !== "" && word.length <= snippetWordCharsMax).slice(0, snippetWordsMax);
}
