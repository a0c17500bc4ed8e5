import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { ImapFlow } from "imapflow";
import type { Product } from "../support/product.ts";
import { WebSession } from "./web-session.test-support.ts";

export const folders = ["INBOX", "Soak"] as const;
export type Folder = (typeof folders)[number];

/** What one message is to be: where it lies, and whether it was read and starred. */
export interface ModelMessage {
  readonly folder: Folder;
  readonly isSeen: boolean;
  readonly isFlagged: boolean;
}
export type Shown = ReadonlyMap<string, ModelMessage>;

const idIn = (text: string): string | null => /<?(\d+)@model\.example>?/.exec(text)?.[1] ?? null;
const certificateOf = (product: Product) => readFile(join(product.directory, "tls", "cert.pem"));
const accountOf = (product: Product) => product.endpoints.demo.mailAccounts[0] ?? { address: "", password: "" };

/** A mail program that keeps its connection, and so its view of a folder, as long as it can. */
export class ImapClient {
  readonly #product: Product;
  #client: ImapFlow | null = null;

  constructor(product: Product) {
    this.#product = product;
  }

  async makeFolder(): Promise<void> {
    await (await this.#open()).mailboxCreate("Soak");
  }

  async append(id: string, { folder, isSeen, isFlagged }: ModelMessage): Promise<void> {
    const text = `Message-ID: <${id}@model.example>\r\nSubject: ${id}\r\n\r\n${"x".repeat(Number(id) % 5_000)}\r\n`;
    const flags = [...(isSeen ? ["\\Seen"] : []), ...(isFlagged ? ["\\Flagged"] : [])];
    if (!(await (await this.#open()).append(folder, text, flags))) throw new Error("APPEND was refused");
  }

  flag(id: string, folder: Folder, flag: "\\Seen" | "\\Flagged", isOn: boolean): Promise<void> {
    return this.#on(id, folder, (client, uid) =>
      isOn ? client.messageFlagsAdd(uid, [flag], { uid: true }) : client.messageFlagsRemove(uid, [flag], { uid: true }),
    );
  }

  move(id: string, from: Folder, to: Folder): Promise<void> {
    return this.#on(id, from, (client, uid) => client.messageMove(uid, to, { uid: true }));
  }

  remove(id: string, folder: Folder): Promise<void> {
    return this.#on(id, folder, (client, uid) => client.messageDelete(uid, { uid: true }));
  }

  async shown(folder: Folder): Promise<Shown> {
    const client = await this.#open();
    const lock = await client.getMailboxLock(folder);
    const found = new Map<string, ModelMessage>();
    try {
      await client.noop();
      if (client.mailbox && client.mailbox.exists > 0)
        for await (const { envelope, flags = new Set() } of client.fetch("1:*", { envelope: true, flags: true })) {
          const id = idIn(envelope?.messageId ?? "");
          if (id !== null) found.set(id, { folder, isSeen: flags.has("\\Seen"), isFlagged: flags.has("\\Flagged") });
        }
      return found;
    } finally {
      lock.release();
    }
  }

  hangUp(): void {
    this.#client?.close();
    this.#client = null;
  }

  async #on(id: string, folder: Folder, act: (client: ImapFlow, uid: string) => Promise<unknown>): Promise<void> {
    const client = await this.#open();
    const lock = await client.getMailboxLock(folder);
    try {
      await client.noop();
      const uids = (await client.search({ header: { "message-id": `<${id}@model.example>` } }, { uid: true })) || [];
      if (uids.length !== 1) throw new Error(`${id} is ${uids.length} times in ${folder}`);
      if (!(await act(client, String(uids[0])))) throw new Error("the command was refused");
    } finally {
      lock.release();
    }
  }

  async #open(): Promise<ImapFlow> {
    if (this.#client?.usable) return this.#client;
    const { host, port } = this.#product.endpoints.imaps;
    const { address, password } = accountOf(this.#product);
    const client = new ImapFlow({
      ...{ host, port, secure: true, logger: false, disableAutoIdle: true },
      auth: { user: address, pass: password },
      tls: { ca: await certificateOf(this.#product), servername: "localhost" },
    });
    client.on("error", () => {});
    await client.connect();
    this.#client = client;
    return client;
  }
}

/** One visit after the other, as POP3 is used. */
export class Pop3Client {
  readonly #product: Product;

  constructor(product: Product) {
    this.#product = product;
  }

  /** Ids of what lies in INBOX. */
  shown(): Promise<ReadonlySet<string>> {
    return this.#visit(async (say) => new Set((await this.#numbers(say)).keys()));
  }

  remove(id: string): Promise<void> {
    return this.#visit(async (say) => {
      const number = (await this.#numbers(say)).get(id);
      if (number === undefined) throw new Error(`${id} is not in the maildrop`);
      await say(`DELE ${number}`, false);
    });
  }

  async #numbers(say: Say): Promise<ReadonlyMap<string, string>> {
    const numbers = new Map<string, string>();
    for (const line of (await say("LIST", true)).split("\r\n").slice(1)) {
      const [number = ""] = line.split(" ");
      const id = number === "" ? null : idIn(await say(`TOP ${number} 0`, true));
      if (id !== null) numbers.set(id, number);
    }
    return numbers;
  }

  /** What is removed is removed at its end, when QUIT is answered. */
  async #visit<T>(work: (say: Say) => Promise<T>): Promise<T> {
    const { host, port } = this.#product.endpoints.pop3s;
    const { address, password } = accountOf(this.#product);
    const socket = connect({ host, port, ca: await certificateOf(this.#product), servername: "localhost" });
    try {
      await once(socket, "secureConnect");
      const say = speaker(socket);
      await say(null, false);
      await say(`USER ${address}`, false);
      await say(`PASS ${password}`, false);
      const result = await work(say);
      await say("QUIT", false);
      return result;
    } finally {
      socket.destroy();
    }
  }
}

/** Sends a command and answers the reply, of many lines without the dot. @throws Error for a refusal or a lost connection. */
type Say = (command: string | null, isLong: boolean) => Promise<string>;

function speaker(socket: TLSSocket): Say {
  let said = "";
  let wake = () => {};
  let isOver = false;
  const end = () => {
    isOver = true;
    wake();
  };
  socket.setEncoding("latin1");
  socket.on("data", (text: string) => {
    said += text;
    wake();
  });
  socket.on("error", end).on("close", end);
  return async (command, isLong) => {
    if (command !== null) socket.write(`${command}\r\n`);
    for (;;) {
      const isRefused = said.startsWith("-ERR");
      const end = said.indexOf(isLong && !isRefused ? "\r\n.\r\n" : "\r\n");
      if (end >= 0) {
        const reply = said.slice(0, end);
        said = said.slice(end + (isLong && !isRefused ? 5 : 2));
        if (isRefused) throw new Error(`POP3: ${reply}`);
        return reply;
      }
      if (isOver) throw new Error("POP3: the connection was closed");
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
}

interface Email {
  readonly id: string;
  readonly messageId: readonly string[] | null;
  readonly keywords: Readonly<Record<string, boolean>>;
  readonly mailboxIds: Readonly<Record<string, boolean>>;
}

/** Webmail's way in. It remembers what it was shown, and holds Email/changes to it. */
export class JmapClient {
  readonly #product: Product;
  /** Changes that were not told of. */
  readonly hidden: string[] = [];
  #session: WebSession | null = null;
  #accountId = "";
  #known: { readonly state: string; readonly emails: ReadonlyMap<string, string> } | null = null;

  constructor(product: Product) {
    this.#product = product;
  }

  async shown(): Promise<Shown> {
    const names = await this.#folders();
    const [, got, changed] = await this.#call(
      ["Email/query", { limit: 1_000 }],
      [
        "Email/get",
        {
          "#ids": { resultOf: "0", name: "Email/query", path: "/ids" },
          properties: ["messageId", "keywords", "mailboxIds"],
        },
      ],
      ...(this.#known === null ? [] : [["Email/changes", { sinceState: this.#known.state }] as const]),
    );
    const emails = (got?.["list"] ?? []) as readonly Email[];
    const found = new Map<string, ModelMessage>();
    for (const { messageId, keywords, mailboxIds } of emails) {
      const id = idIn(messageId?.[0] ?? "");
      const folder = folders.find(
        (name) => names.get(name) !== undefined && mailboxIds[names.get(name) ?? ""] === true,
      );
      if (id !== null && folder !== undefined)
        found.set(id, { folder, isSeen: keywords["$seen"] === true, isFlagged: keywords["$flagged"] === true });
    }
    this.#compare(emails, changed, String(got?.["state"]));
    return found;
  }

  keyword(id: string, keyword: "$seen" | "$flagged", isOn: boolean): Promise<void> {
    return this.#set(id, (email) => ({ update: { [email]: { [`keywords/${keyword}`]: isOn ? true : null } } }));
  }

  async move(id: string, to: Folder): Promise<void> {
    const mailboxIds = { [(await this.#folders()).get(to) ?? ""]: true };
    await this.#set(id, (email) => ({ update: { [email]: { mailboxIds } } }));
  }

  remove(id: string): Promise<void> {
    return this.#set(id, (email) => ({ destroy: [email] }));
  }

  /** Signs in anew with the next call; what was shown is remembered. */
  hangUp(): void {
    this.#session = null;
  }

  async #set(id: string, change: (email: string) => object): Promise<void> {
    const [query] = await this.#call(["Email/query", { filter: { header: ["Message-ID", `<${id}@model.example>`] } }]);
    const [email, ...more] = (query?.["ids"] ?? []) as readonly string[];
    if (email === undefined || more.length > 0) throw new Error(`${id} is ${email === undefined ? 0 : 2} times there`);
    const [set] = await this.#call(["Email/set", change(email)]);
    const refused = set?.["notUpdated"] ?? set?.["notDestroyed"];
    if (refused !== null && refused !== undefined) throw new Error(`Email/set: ${JSON.stringify(refused)}`);
  }

  #compare(emails: readonly Email[], changed: Readonly<Record<string, unknown>> | undefined, state: string): void {
    const now = new Map(emails.map(({ id, ...facts }) => [id, JSON.stringify(facts)]));
    const lists = ["created", "updated", "destroyed"].map((name) => changed?.[name]);
    if (this.#known !== null && lists.every((list) => Array.isArray(list))) {
      const told = new Set(lists.flat() as readonly string[]);
      for (const id of new Set([...now.keys(), ...this.#known.emails.keys()]))
        if (now.get(id) !== this.#known.emails.get(id) && !told.has(id))
          this.hidden.push(`Email/changes says nothing of ${id}: ${this.#known.emails.get(id)} is now ${now.get(id)}`);
    }
    this.#known = { state, emails: now };
  }

  async #folders(): Promise<ReadonlyMap<string, string>> {
    const [got] = await this.#call(["Mailbox/get", { ids: null, properties: ["name", "role"] }]);
    const list = (got?.["list"] ?? []) as readonly { id: string; name: string; role: string | null }[];
    return new Map(list.map(({ id, name, role }) => [role === "inbox" ? "INBOX" : name, id]));
  }

  async #call(
    ...calls: readonly (readonly [name: string, args: object])[]
  ): Promise<readonly Readonly<Record<string, unknown>>[]> {
    this.#session ??= await WebSession.webmail(this.#product.endpoints, accountOf(this.#product));
    if (this.#accountId === "") {
      const { primaryAccounts } = await this.#session.get<{ primaryAccounts: Record<string, string> }>("/jmap/session");
      this.#accountId = primaryAccounts["urn:ietf:params:jmap:mail"] ?? "";
    }
    const methodCalls = calls.map(([name, args], at) => [name, { accountId: this.#accountId, ...args }, String(at)]);
    const reply = await this.#session.post("/jmap/api", {
      using: ["urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail"],
      methodCalls,
    });
    const { methodResponses } = (await reply.json()) as {
      methodResponses: readonly (readonly [string, Readonly<Record<string, unknown>>, string])[];
    };
    for (const [name, answer] of methodResponses)
      if (name === "error") throw new Error(`JMAP: ${JSON.stringify(answer)}`);
    return methodResponses.map(([, answer]) => answer);
  }
}
