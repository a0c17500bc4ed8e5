import { serveImap } from "@casaforte/imap";
import { Failure, type PrincipalId } from "@casaforte/kernel";
import { serveManageSieve } from "@casaforte/managesieve";
import {
  imapBackend,
  type MailboxEdgeServices,
  invariants as mailboxInvariants,
  pop3Backend,
  type VerifyMailLogin,
} from "@casaforte/modules/mailbox";
import { createFiling, createLmtpBackend, mailStoreOf } from "@casaforte/modules/mailflow";
import { manageSieveBackend, invariants as sieveInvariants } from "@casaforte/modules/sieve";
import { startTestDatabase } from "@casaforte/platform/db";
import { listenStream } from "@casaforte/platform/net";
import { servePop3 } from "@casaforte/pop3";
import { serveSmtp } from "@casaforte/smtp";
import {
  type MailflowTestbed,
  openMailflowTestbed,
  type TestAccount,
} from "../../modules/mailflow/src/mailflow-testbed.ts";
import { faultyBlobs, faultyDb, OneFault } from "./mail-faults-ports.test-support.ts";

/** Every listener of mail on a database and a blob store of which any call can fail. */
export interface MailFaultsBed {
  readonly plan: OneFault;
  readonly bed: MailflowTestbed;
  readonly edge: MailboxEdgeServices;
  readonly ports: Readonly<Record<"mx" | "submission" | "lmtp" | "imap" | "pop3" | "sieve", number>>;
  /** In `casa.test`, or in `other.test`, another customer's. */
  newAccount(domain?: "casa.test" | "other.test", quotaBytes?: bigint): Promise<TestAccount>;
  readonly verify: VerifyMailLogin;
  /** Mail in the account's inbox, behind the listeners' back. */
  fill(account: TestAccount, texts: readonly string[]): Promise<void>;
  findings(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export const password = "secret";

export async function openMailFaultsBed(): Promise<MailFaultsBed> {
  const plan = new OneFault();
  const bed = await openMailflowTestbed(
    (services) => {
      const faulty = { ...services, blobs: faultyBlobs(services.blobs, plan) };
      return { ...faulty, mailStore: mailStoreOf(faulty, createFiling(faulty)) };
    },
    async (sources) => {
      const database = await startTestDatabase(sources);
      return { ...database, db: faultyDb(database.db, plan) };
    },
  );
  const { clock, logger, services } = bed;
  const edge: MailboxEdgeServices = { ...bed.edge, blobs: services.blobs };
  const accounts = new Map<string, TestAccount>();
  const tenants = [await bed.newTenant("casa.test"), await bed.newTenant("other.test")];
  const verify: VerifyMailLogin = async ({ address, password: given }) => {
    const account = accounts.get(address);
    if (!account || given !== password) throw new Failure("unauthenticated", "test.login", "wrong password");
    const { tenantId, id } = account;
    return { tenantId, mailAccountId: id, principalId: id as string as PrincipalId, holds: async () => true };
  };
  const lmtp = await serveSmtp(
    { role: "lmtp", backend: createLmtpBackend(services, ["127.0.0.0/8"]), hostname: "mx.casa.test", clock, logger },
    { host: "127.0.0.1", port: 0, tls: "none" },
  );
  const listen = (name: string, serve: Parameters<typeof listenStream>[0]["serve"]) =>
    listenStream({ name, host: "127.0.0.1", port: 0, logger, serve });
  const options = { cleartextLogin: "loopback" } as const;
  const [forImap, forPop3, forSieve] = [
    imapBackend(edge, verify),
    pop3Backend(edge, verify),
    manageSieveBackend(edge, verify),
  ];
  const imapOptions = { ...options, sort: true, thread: true, preview: true, savedDate: true };
  const [imap, pop3, sieve] = await Promise.all([
    listen("imap", (connection, signal) =>
      serveImap(connection, { backend: forImap, clock, logger, signal, options: imapOptions }),
    ),
    listen("pop3", (connection, signal) => servePop3(connection, { backend: forPop3, clock, logger, signal, options })),
    listen("sieve", (connection, signal) =>
      serveManageSieve(connection, { backend: forSieve, clock, logger, signal, options }),
    ),
  ]);
  return {
    plan,
    bed,
    edge,
    verify,
    ports: {
      mx: bed.mx.port,
      submission: bed.submission.port,
      lmtp: lmtp.port,
      imap: imap.port,
      pop3: pop3.port,
      sieve: sieve.port,
    },
    async newAccount(domain = "casa.test", quotaBytes) {
      const account = await bed.newAccount(`u${accounts.size + 1}@${domain}`, quotaBytes);
      accounts.set(account.address, account);
      return account;
    },
    async fill({ tenantId, id, address }, texts) {
      const target = {
        mailAccountId: id,
        place: "inbox",
        receivedAtMs: clock.nowMs(),
        sender: "",
        recipient: address,
      } as const;
      for (const text of texts) {
        const mail = await services.mailStore.store(tenantId, Buffer.from(text, "latin1"));
        await edge.db.tenant(tenantId, (tx) => services.mailStore.append(tx, [{ mail, target }]));
      }
    },
    async findings() {
      const found = [...(await bed.findings())];
      for (const tenantId of tenants)
        for (const invariant of [...mailboxInvariants, ...sieveInvariants])
          for (const text of await bed.database.db.tenant(tenantId, (tx) => invariant.check(tx)))
            found.push(`${invariant.name}: ${text}`);
      return found;
    },
    async close() {
      await lmtp.close(1);
      for (const listener of [imap, pop3, sieve]) await listener.close(1);
      await bed.close();
    },
  };
}
