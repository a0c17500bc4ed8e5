import { addAddress } from "@casaforte/modules/domains";
import nodemailer from "nodemailer";
import { SMTPServer } from "smtp-server";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import { type MailflowTestbed, openMailflowTestbed, system, type TestAccount } from "./mailflow-testbed.ts";

/** The other side: an MTA that answers RCPT and DATA as told. */
export const remote = {
  rcpt: null as string | null,
  /** Addresses that it does not know. */
  unknown: [] as string[],
  data: null as string | null,
  taken: [] as { from: string; to: string; raw: string; peer: string }[],
};
/** Mail leaves from this one, which the system would not choose. */
export const leavesFrom = "127.0.0.3";
/** Mails of the service that could not be brought to their recipients. */
export const undeliverable: { recipient: string; reply: string }[] = [];
let mta: SMTPServer;
export let bed: MailflowTestbed;
export let ada: TestAccount;
export let bob: TestAccount;
const refuseWith = (reply: string) =>
  Object.assign(new Error(reply.slice(4)), { responseCode: Number(reply.slice(0, 3)) });

beforeAll(async () => {
  mta = new SMTPServer({
    authOptional: true,
    disabledCommands: ["AUTH", "STARTTLS"],
    disableReverseLookup: true,
    logger: false,
    // It takes names that ours would not.
    lenientAddressParsing: true,
    onRcptTo({ address }, _session, callback) {
      const refusal = remote.unknown.includes(address) ? "550 5.1.1 no such user here" : remote.rcpt;
      callback(refusal === null ? null : refuseWith(refusal));
    },
    onData(stream, session, callback) {
      const parts: Buffer[] = [];
      stream.on("data", (part: Buffer) => parts.push(part));
      stream.on("end", () => {
        if (remote.data !== null) return callback(refuseWith(remote.data));
        remote.taken.push({
          from: session.envelope.mailFrom ? session.envelope.mailFrom.address : "",
          to: session.envelope.rcptTo.map(({ address }) => address).join(),
          raw: Buffer.concat(parts).toString(),
          peer: session.remoteAddress,
        });
        callback();
      });
    },
  });
  await new Promise<void>((resolve) => mta.listen(0, "127.0.0.1", resolve));
  const address = mta.server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  bed = await openMailflowTestbed((services) => ({
    ...services,
    recipientsPerHour: 60,
    undeliverable: async (_tx, mail) => void undeliverable.push(mail),
    outbound: {
      kind: "mx",
      from: { ipv4: leavesFrom },
      port,
      allowsPrivate: true,
      resolver: {
        resolveMx: async (domain) => {
          if (domain === "nullmx.test") return [{ exchange: "", priority: 0 }];
          if (domain === "gone.test") throw Object.assign(new Error("none"), { code: "ENOTFOUND" });
          if (domain === "dark.test") throw Object.assign(new Error("fail"), { code: "ESERVFAIL" });
          return [
            { exchange: "second.test", priority: 20 },
            { exchange: "first.test", priority: 10 },
          ];
        },
        resolveAddresses: async (host) => {
          if (host === "gone.test") throw Object.assign(new Error("none"), { code: "ENOTFOUND" });
          return host === "first.test" ? ["127.0.0.2"] : ["127.0.0.1"];
        },
      },
    },
  }));
  const casa = await bed.newTenant("casa.test");
  ada = await bed.newAccount("ada@casa.test");
  bob = await bed.newAccount("bob@casa.test");
  await bed.database.db.tenant(casa, (tx) =>
    addAddress(tx, system, { kind: "alias", address: "sales@casa.test", mailAccountId: ada.id }, bed.services),
  );
});
afterAll(async () => {
  await new Promise<void>((resolve) => mta.close(resolve));
  await bed?.close();
});
beforeEach(() => {
  remote.rcpt = null;
  remote.unknown = [];
  remote.data = null;
  remote.taken = [];
});
afterEach(async () => expect(await bed.findings()).toEqual([]));

export const client = (user = "ada@casa.test") =>
  nodemailer.createTransport({
    host: "127.0.0.1",
    port: bed.submission.port,
    ignoreTLS: true,
    auth: { user, pass: "secret" },
  });
export const mail = (over: Record<string, unknown> = {}) => ({
  from: "Ada <ada@casa.test>",
  to: "guest@far.test",
  subject: "hi",
  text: "hello",
  ...over,
});
export const refusal = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "accepted",
    (error: { response?: string }) => error.response ?? String(error),
  );
export const queue = (recipient: string) =>
  bed.database.db.operator(
    (tx) =>
      tx.sql<
        { state: string; attempts: number; last_reply: string }[]
      >`select state, attempts, last_reply from mailflow_queue where recipient = ${recipient}`,
  );
