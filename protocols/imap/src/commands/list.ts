// RFC 9051 §6.3.9 LIST, RFC 5258 LIST-EXTENDED, RFC 5819 LIST-STATUS, RFC 6154 SPECIAL-USE, RFC 3501 §6.3.9 LSUB
import type { MailboxInfo } from "../backend.ts";
import type { Handler } from "../command.ts";
import { printedName } from "../mailbox-lookup.ts";
import type { Session } from "../session.ts";
import type { Cursor } from "../syntax/cursor.ts";
import { decodeMailboxName, delimiter } from "../syntax/mailbox-name.ts";
import { matchesPattern } from "../syntax/match-pattern.ts";
import { SyntaxFailure } from "../syntax/syntax-failure.ts";
import { figuresOf, formatStatus, parseStatusItems, type StatusItem } from "./status.ts";

interface ListRequest {
  readonly selection: ReadonlySet<string>;
  readonly reference: string;
  readonly patterns: readonly string[];
  readonly returns: ReadonlySet<string>;
  readonly status: readonly StatusItem[];
  readonly extended: boolean;
}

/** Mailboxes that match, with attributes and, if asked, figures. */
export const list: Handler = async (session, { cursor }) => {
  const request = parseList(session, cursor);
  if (!request.extended && request.patterns[0] === "") {
    session.out.line(`* LIST (\\Noselect) "${delimiter}" ""`);
    return "OK LIST completed";
  }
  const tree = new Tree(await session.account.list());
  const shown = tree.nodes.filter((node) => isChosen(tree, node, request));
  const figures = await statusOf(session, shown, request);
  for (const node of shown) {
    const attributes = listAttributes(tree, node, request);
    session.out.line(
      `* LIST (${attributes.join(" ")}) "${delimiter}" ${printedName(session, node.name)}${childInfo(tree, node, request)}`,
    );
    const line = figures.get(node.name);
    if (line !== undefined) session.out.line(line);
  }
  return "OK LIST completed";
};

/** Subscribed mailboxes; a parent that is not subscribed shows for `%` as \Noselect (RFC 3501 §6.3.9). */
export const lsub: Handler = async (session, { cursor }) => {
  cursor.space();
  const reference = decodeMailboxName(cursor.astring("a reference"), session.enabled.utf8);
  cursor.space();
  const pattern = decodeMailboxName(cursor.listMailbox(), session.enabled.utf8);
  cursor.end();
  const tree = new Tree(await session.account.list());
  for (const node of tree.nodes) {
    if (!matchesName(joined(reference, pattern), node.name)) continue;
    const below = pattern.endsWith("%") && tree.hasSubscribedChild(node.name);
    if (!node.subscribed && !below) continue;
    const attributes = node.subscribed ? "" : "\\Noselect";
    session.out.line(`* LSUB (${attributes}) "${delimiter}" ${printedName(session, node.name)}`);
  }
  return "OK LSUB completed";
};

function parseList(session: Session, cursor: Cursor): ListRequest {
  const { limits, enabled } = session;
  const name = (binary: string): string => decodeMailboxName(binary, enabled.utf8);
  const selection = new Set<string>();
  let extended = false;
  cursor.space();
  if (cursor.peek() === "(") {
    extended = true;
    for (const word of cursor.list(() => cursor.word("an option"), 16, true)) selection.add(word);
    for (const word of selection) if (!selectionOptions.has(word)) throw new SyntaxFailure("Unknown LIST option");
    cursor.space();
  }
  if (selection.has("RECURSIVEMATCH") && !selection.has("SUBSCRIBED") && !selection.has("SPECIAL-USE")) {
    throw new SyntaxFailure("RECURSIVEMATCH needs another option");
  }
  const reference = name(cursor.astring("a reference"));
  cursor.space();
  const multiple = cursor.peek() === "(";
  const patterns = multiple
    ? cursor.list(() => name(cursor.listMailbox()), limits.listPatterns)
    : [name(cursor.listMailbox())];
  if (patterns.some((pattern) => pattern.length > limits.mailboxNameLength))
    throw new SyntaxFailure("The pattern is too long");
  const returns = new Set<string>();
  const status: StatusItem[] = [];
  if (cursor.take(" ") && !cursor.atEnd) {
    if (cursor.word("RETURN") !== "RETURN") throw new SyntaxFailure("Expected RETURN");
    extended = true;
    cursor.space();
    cursor.list(() => parseReturn(session, cursor, returns, status), 16, true);
  }
  cursor.end();
  return { selection, reference, patterns, returns, status, extended: extended || multiple };
}

const selectionOptions: ReadonlySet<string> = new Set(["SUBSCRIBED", "REMOTE", "RECURSIVEMATCH", "SPECIAL-USE"]);
const returnOptions: ReadonlySet<string> = new Set(["SUBSCRIBED", "CHILDREN", "SPECIAL-USE"]);

function parseReturn(session: Session, cursor: Cursor, returns: Set<string>, status: StatusItem[]): void {
  const word = cursor.word("a return option");
  if (word === "STATUS") {
    cursor.space();
    status.push(...parseStatusItems(session, cursor));
  } else if (!returnOptions.has(word)) throw new SyntaxFailure("Unknown return option");
  returns.add(word);
}

/** Names in order, with what their relatives say. */
class Tree {
  readonly nodes: readonly MailboxInfo[];
  readonly #parents = new Set<string>();
  readonly #subscribedParents = new Set<string>();
  readonly #specialParents = new Set<string>();

  constructor(mailboxes: readonly MailboxInfo[]) {
    this.nodes = [...mailboxes].sort(inboxFirst);
    for (const { name, subscribed, specialUse } of mailboxes) {
      for (let at = name.lastIndexOf(delimiter); at > 0; at = name.lastIndexOf(delimiter, at - 1)) {
        const parent = name.slice(0, at);
        this.#parents.add(parent);
        if (subscribed) this.#subscribedParents.add(parent);
        if (specialUse) this.#specialParents.add(parent);
      }
    }
  }

  hasChild(name: string): boolean {
    return this.#parents.has(name);
  }

  hasSubscribedChild(name: string): boolean {
    return this.#subscribedParents.has(name);
  }

  hasSpecialChild(name: string): boolean {
    return this.#specialParents.has(name);
  }
}

function inboxFirst(a: MailboxInfo, b: MailboxInfo): number {
  if (a.name === "INBOX") return -1;
  if (b.name === "INBOX") return 1;
  return a.name < b.name ? -1 : 1;
}

function joined(reference: string, pattern: string): string {
  return reference + pattern;
}

/** INBOX matches without case (RFC 9051 §5.1). */
function matchesName(pattern: string, name: string): boolean {
  if (matchesPattern(pattern, name)) return true;
  return name === "INBOX" && matchesPattern(pattern.toUpperCase(), name);
}

function isChosen(tree: Tree, node: MailboxInfo, request: ListRequest): boolean {
  if (!request.patterns.some((pattern) => matchesName(joined(request.reference, pattern), node.name))) return false;
  const { selection } = request;
  const itself =
    (!selection.has("SUBSCRIBED") || node.subscribed) && (!selection.has("SPECIAL-USE") || node.specialUse !== null);
  return itself || childMatches(tree, node, selection);
}

function childMatches(tree: Tree, node: MailboxInfo, selection: ReadonlySet<string>): boolean {
  if (!selection.has("RECURSIVEMATCH")) return false;
  if (selection.has("SUBSCRIBED")) return tree.hasSubscribedChild(node.name);
  return tree.hasSpecialChild(node.name);
}

function listAttributes(tree: Tree, node: MailboxInfo, request: ListRequest): string[] {
  const attributes: string[] = [];
  if (!node.selectable) attributes.push("\\Noselect");
  attributes.push(tree.hasChild(node.name) ? "\\HasChildren" : "\\HasNoChildren");
  if (node.subscribed && (request.selection.has("SUBSCRIBED") || request.returns.has("SUBSCRIBED"))) {
    attributes.push("\\Subscribed");
  }
  if (node.specialUse) attributes.push(node.specialUse);
  return attributes;
}

function childInfo(tree: Tree, node: MailboxInfo, request: ListRequest): string {
  if (!childMatches(tree, node, request.selection)) return "";
  const kind = request.selection.has("SUBSCRIBED") ? "SUBSCRIBED" : "SPECIAL-USE";
  return ` ("CHILDINFO" ("${kind}"))`;
}

async function statusOf(
  session: Session,
  nodes: readonly MailboxInfo[],
  request: ListRequest,
): Promise<Map<string, string>> {
  const lines = new Map<string, string>();
  if (request.status.length === 0) return lines;
  const selectable = nodes.filter((node) => node.selectable);
  const figures = await session.account.status(
    selectable.map((node) => node.id),
    figuresOf(request.status),
  );
  for (const [index, node] of selectable.entries()) {
    const found = figures[index];
    if (found) lines.set(node.name, formatStatus(session, node, found, request.status));
  }
  return lines;
}
