import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { openDb } from "@casaforte/platform/db";
import { MemoryLogger } from "@casaforte/testkit";
import { ImapFlow } from "imapflow";
import type { Product } from "../support/product.ts";
import { until } from "../support/until.test-support.ts";
import { outside, type SentMessage } from "./mail-load.test-support.ts";
import { WebSession } from "./web-session.test-support.ts";

interface QueueEntry {
  readonly id: string;
  readonly tenantId: string;
}

/** Waits until nothing is on its way any more; what waits for a later try is tried now, as an operator would. */
export async function untilMailIsQuiet(product: Product, withinMs: number): Promise<void> {
  const operator = await WebSession.operator(product.endpoints);
  const urls = JSON.parse(await readFile(join(product.directory, "database.json"), "utf8")) as {
    readonly appUrl: string;
    readonly operatorUrl: string;
  };
  const db = openDb({ ...urls, logger: new MemoryLogger(), appConnectionsMax: 1, operatorConnectionsMax: 1 });
  const retried = new Set<string>();
  try {
    await until(
      "the end of all deliveries",
      async () => {
        const { entries } = await operator.get<{ entries: QueueEntry[] }>("/api/mail-queue?state=waiting&limit=200");
        for (const { id, tenantId } of entries.filter((entry) => !retried.has(entry.id))) {
          retried.add(id);
          await operator.post(`/api/mail-queue/${tenantId}/${id}/retry`);
        }
        const [row] = await db.operator(
          (tx) => tx.sql<{ waiting: bigint }[]>`
            select (select count(*) from mailflow_deliveries where state = 'accepted')
              + (select count(*) from mailflow_queue where state = 'waiting') as waiting`,
        );
        return row?.waiting === 0n;
      },
      { withinMs, everyMs: 200 },
    );
  } finally {
    await db.close();
  }
}

/** Compares every mailbox and the outside world with what the senders were told. Returns findings in plain words. */
export async function judgeMail(product: Product, sent: readonly SentMessage[]): Promise<string[]> {
  const byId = new Map(sent.map((message) => [message.id, message]));
  const findings: string[] = [];
  for (const account of product.endpoints.demo.mailAccounts) {
    const copies = await readAccount(product, account);
    for (const copy of copies) {
      const message = copy.id === null ? undefined : byId.get(copy.id);
      if (copy.id === null || message === undefined) findings.push(`${account.address}: holds ${copy.about}`);
      else if (copy.bodySha256 !== message.bodySha256) findings.push(`${account.address}: ${copy.id} was changed`);
      else if (message.kept && (message.kept.mailbox !== copy.mailbox || message.kept.flags !== copy.flags))
        findings.push(`${account.address}: ${copy.id} lies in ${copy.mailbox} as ${copy.flags}`);
    }
    const wanted = sent.filter(({ recipients }) => recipients.includes(account.address));
    findings.push(...judgeCopies(account.address, wanted, copies));
  }
  return [...findings, ...(await judgeOutside(product, sent))];
}

function judgeCopies(address: string, wanted: readonly SentMessage[], copies: readonly Copy[]): string[] {
  const counts = Map.groupBy(copies, ({ id }) => id);
  return wanted.flatMap(({ id, isAccepted }) => {
    const count = counts.get(id)?.length ?? 0;
    if (count > 1) return [`${address}: ${id} is there ${count} times`];
    return isAccepted && count === 0 ? [`${address}: ${id} got its 250 and is not there`] : [];
  });
}

interface Copy {
  readonly id: string | null;
  readonly mailbox: string;
  /** In order, without \Recent. */
  readonly flags: string;
  readonly about: string;
  readonly bodySha256: string;
}

const flagText = (flags: Iterable<string>): string =>
  [...flags]
    .filter((flag) => flag !== "\\Recent")
    .sort()
    .join(" ");

const idIn = (raw: string): string | null => /^Message-ID: <([^@>]+)@load\.example>\r$/im.exec(raw)?.[1] ?? null;

/** Every message of every mailbox, read over IMAP; mail of the house itself is left out. */
async function readAccount(product: Product, account: { address: string; password: string }): Promise<Copy[]> {
  const { host, port } = product.endpoints.imaps;
  const client = new ImapFlow({
    host,
    port,
    secure: true,
    auth: { user: account.address, pass: account.password },
    tls: { ca: await readFile(join(product.directory, "tls", "cert.pem")), servername: "localhost" },
    logger: false,
  });
  await client.connect();
  const copies: Copy[] = [];
  try {
    for (const { path } of await client.list()) {
      const lock = await client.getMailboxLock(path);
      try {
        if (client.mailbox && client.mailbox.exists > 0)
          for await (const { source, uid, flags = [] } of client.fetch("1:*", {
            source: true,
            uid: true,
            flags: true,
          })) {
            const raw = source?.toString("latin1") ?? "";
            const end = raw.indexOf("\r\n\r\n");
            const id = idIn(raw.slice(0, end + 2));
            if (id === null && /^Subject: (Benvenuta in Casaforte|=\?)/m.test(raw)) continue;
            const bodySha256 = createHash("sha256")
              .update(raw.slice(end + 4), "latin1")
              .digest("hex");
            copies.push({
              id,
              bodySha256,
              mailbox: path,
              flags: flagText(flags),
              about: `${path} ${uid}: ${raw.slice(0, 400)}`,
            });
          }
      } finally {
        lock.release();
      }
    }
  } finally {
    await client.logout();
  }
  return copies;
}

/** Outside a message may arrive twice (RFC 1047), but it must arrive. */
async function judgeOutside(product: Product, sent: readonly SentMessage[]): Promise<string[]> {
  const operator = await WebSession.operator(product.endpoints);
  const arrived = new Set<string>();
  for (let before = ""; ; ) {
    const { messages } = await operator.get<{ messages: { id: string; recipients: string[] }[] }>(
      `/api/mail-sink?limit=200${before}`,
    );
    for (const { id, recipients } of messages)
      if (recipients.some((recipient) => recipient.endsWith(`@${outside}`)))
        arrived.add(`${idIn(await operator.text(`/api/mail-sink/${id}/raw`))} ${recipients.join()}`);
    const last = messages.at(-1);
    if (!last) break;
    before = `&before=${last.id}`;
  }
  return sent.flatMap(({ id, recipients, isAccepted }) =>
    recipients
      .filter((recipient) => isAccepted && recipient.endsWith(`@${outside}`) && !arrived.has(`${id} ${recipient}`))
      .map((recipient) => `${id} got its 250 and never reached ${recipient}`),
  );
}
