/** SearchSnippet/get. RFC 8621 §5.1: from subject and preview, which are at hand; bodies are not opened for it. */
import { isFields } from "../arguments.ts";
import { accountOf, idsOf, type Method } from "../method.ts";
import { JmapError } from "../method-error.ts";

/** SearchSnippet/get. */
export const searchSnippetGet: Method = async (call) => {
  const account = await accountOf(call);
  const ids = idsOf(call, "emailIds");
  if (ids === null) throw new JmapError("invalidArguments", "name the emails", ["emailIds"]);
  const words = [...new Set(wordsOf(call.args["filter"]))];
  const emails = new Map((await account.emails(ids)).map((email) => [email.id, email]));
  const list = ids.flatMap((id) => {
    const email = emails.get(id);
    if (email === undefined) return [];
    return [{ emailId: id, subject: mark(email.subject ?? "", words), preview: mark(email.preview, words) }];
  });
  const notFound = ids.filter((id) => !emails.has(id));
  return [
    ["SearchSnippet/get", { accountId: account.info.id, list, notFound: notFound.length === 0 ? null : notFound }],
  ];
};

/** What is looked for; what must not be there is nowhere to be marked. */
function wordsOf(filter: unknown): string[] {
  if (!isFields(filter) || filter["operator"] === "NOT") return [];
  if (Array.isArray(filter["conditions"])) return (filter["conditions"] as readonly unknown[]).flatMap(wordsOf);
  return ["text", "subject", "body"].flatMap((name) => {
    const value = filter[name];
    return typeof value === "string" ? value.split(/\s+/).filter((word) => word !== "") : [];
  });
}

const escapeHtml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** Escaped text with `<mark>` around each match, or null without a match. */
function mark(text: string, words: readonly string[]): string | null {
  const lower = text.toLowerCase();
  let marked = "";
  let at = 0;
  let found = false;
  while (at < text.length) {
    const word = words.find((candidate) => lower.startsWith(candidate.toLowerCase(), at));
    if (word === undefined) {
      marked += escapeHtml(text.charAt(at));
      at += 1;
    } else {
      marked += `<mark>${escapeHtml(text.slice(at, at + word.length))}</mark>`;
      at += word.length;
      found = true;
    }
  }
  return found ? marked : null;
}
