import type { MailboxRole } from "@casaforte/modules/mailbox";
import type { RemoteFolder } from "./remote.ts";

export interface PlannedFolder {
  readonly source: string;
  readonly mailbox: string;
  readonly role: MailboxRole | null;
  readonly isCollection: boolean;
  readonly total: number;
}

const roles: Readonly<Record<string, MailboxRole>> = {
  "\\Drafts": "drafts",
  "\\Sent": "sent",
  "\\Junk": "junk",
  "\\Trash": "trash",
  "\\Archive": "archive",
  "\\All": "archive",
};

/**
 * Which mailbox each folder of the other server goes to, INBOX first. Special folders go to the account's own of that use
 * (RFC 6154), `INBOX.Name` of servers that keep all below INBOX becomes `Name`, levels are split at the server's
 * separator, and what no mailbox here may be called is replaced. \Flagged and \Important show messages of other folders and are left
 * out; \All is taken last, for what lies nowhere else.
 */
export function planFolders(folders: readonly RemoteFolder[]): readonly PlannedFolder[] {
  const taken = new Set<MailboxRole>();
  const allBelowInbox = areAllBelowInbox(folders);
  const planned = folders
    .filter(({ specialUse }) => specialUse !== "\\Flagged" && specialUse !== "\\Important")
    .map((folder): PlannedFolder => {
      const wanted = folder.path.toUpperCase() === "INBOX" ? "inbox" : (roles[folder.specialUse ?? ""] ?? null);
      const isCollection = folder.specialUse === "\\All";
      const role = wanted !== null && (isCollection || !taken.has(wanted)) ? wanted : null;
      if (role !== null && !isCollection) taken.add(role);
      return {
        source: folder.path,
        mailbox: role === "inbox" ? "INBOX" : mailboxPath(folder, allBelowInbox),
        role,
        isCollection,
        total: folder.total,
      };
    });
  const rank = ({ role, isCollection }: PlannedFolder) => (isCollection ? 2 : role === "inbox" ? 0 : 1);
  return planned.sort((a, b) => rank(a) - rank(b));
}

/** Courier and the like: every folder but INBOX is named below it. */
function areAllBelowInbox(folders: readonly RemoteFolder[]): boolean {
  const others = folders.filter(({ path }) => path.toUpperCase() !== "INBOX");
  return (
    others.length > 0 &&
    others.every(
      ({ path, delimiter }) => delimiter !== "" && path.toUpperCase().startsWith(`INBOX${delimiter.toUpperCase()}`),
    )
  );
}

const levelsMax = 20;
const pathBytesMax = 900;

function mailboxPath({ path, delimiter }: RemoteFolder, allBelowInbox: boolean): string {
  const levels = (delimiter === "" ? [path] : path.split(delimiter)).slice(allBelowInbox ? 1 : 0).map(plainLevel);
  const kept =
    levels.length > levelsMax ? [...levels.slice(0, levelsMax - 1), levels.slice(levelsMax - 1).join(" ")] : levels;
  if (kept[0] === "Other Users") kept[0] = "Other Users (2)";
  // In any case of its letters the same mailbox (RFC 9051, 5.1), and named so here.
  if (kept[0]?.toUpperCase() === "INBOX") kept[0] = "INBOX";
  return cut(kept.join("/"));
}

/** A level that `checkMailboxPath` takes. */
function plainLevel(level: string): string {
  const plain = level
    .toWellFormed()
    .normalize("NFC")
    .replaceAll(/[\p{Cc}\u2028\u2029\ufffd%*/]/gu, "_")
    .trim();
  return plain === "" || plain === "." || plain === ".." ? "_" : plain;
}

/** At most so many bytes, at a character's end. */
function cut(path: string): string {
  if (Buffer.byteLength(path) <= pathBytesMax) return path;
  let kept = "";
  for (const character of path) {
    if (Buffer.byteLength(kept + character) > pathBytesMax) break;
    kept += character;
  }
  return kept.replace(/[/\s]+$/, "");
}
