import { createHash, X509Certificate } from "node:crypto";
import type { AddressInfo } from "node:net";
import { ValidatingResolver } from "@casaforte/platform/net";
import { SeededRandom } from "@casaforte/testkit";
import type { Answer } from "dns-packet";
import nodemailer from "nodemailer";
import { generate } from "selfsigned";
import { SMTPServer } from "smtp-server";
import { NameServer } from "../../../tests/support/name-server.test-support.ts";
import { type MailflowTestbed, openMailflowTestbed } from "./mailflow-testbed.ts";

export interface Pair {
  readonly key: string;
  readonly cert: string;
}

const dayMs = 86_400_000;

/** An authority, or a server's certificate; signed by itself without `by`. `isOver`: its time has passed. */
export async function newPair(
  name: string,
  { by, isAuthority = false, isOver = false }: { by?: Pair; isAuthority?: boolean; isOver?: boolean } = {},
): Promise<Pair> {
  const now = Date.now();
  const pem = await generate([{ name: "commonName", value: name }], {
    ...{ keyType: "ec", algorithm: "sha256" },
    ...(by ? { ca: by } : {}),
    notBeforeDate: new Date(now - 3 * dayMs),
    notAfterDate: new Date(now + (isOver ? -dayMs : dayMs)),
    extensions: isAuthority
      ? [
          { name: "basicConstraints", cA: true, critical: true },
          { name: "keyUsage", keyCertSign: true, critical: true },
        ]
      : [{ name: "subjectAltName", altNames: [{ type: 2, value: name }] }],
  });
  return { key: pem.private, cert: pem.cert };
}

/** A server of the other side at an address of loopback; without a pair it speaks no TLS. */
interface Server {
  readonly address: string;
  readonly pair?: Pair;
}

/** What was said to those servers of messages: `ADDRESS from secure`, `ADDRESS took RECIPIENT`. */
export const heard: string[] = [];
/** MTA-STS policy of every domain; empty without one. */
export const sts = { policy: "" };

export interface DaneBed {
  readonly bed: MailflowTestbed;
  readonly names: NameServer;
  readonly port: number;
  /** Sends and tries once. Returns what was said to the other side, and the last reply of what waits. */
  send(to: string): Promise<{ readonly heard: readonly string[]; readonly waits: string | null }>;
  close(): Promise<void>;
}

/** `resolverAt`: starts another resolver than `names`, for servers on that port, and says on which port it answers. */
export async function openDaneBed(
  servers: readonly Server[],
  resolverAt?: (smtpPort: number) => Promise<number>,
): Promise<DaneBed> {
  const names = await NameServer.start();
  let port = 0;
  const open: SMTPServer[] = [];
  for (const { address, pair } of servers) {
    const mta = new SMTPServer({
      ...(pair ?? {}),
      authOptional: true,
      disableReverseLookup: true,
      logger: false,
      disabledCommands: pair ? ["AUTH"] : ["AUTH", "STARTTLS"],
      onMailFrom(_from, session, done) {
        heard.push(`${address} from ${session.secure}`);
        done();
      },
      onData(stream, session, done) {
        stream.on("end", () => {
          heard.push(`${address} took ${session.envelope.rcptTo[0]?.address}`);
          done();
        });
        stream.resume();
      },
    });
    mta.on("error", () => undefined);
    await new Promise<void>((resolve) => mta.listen(port, address, resolve));
    port ||= (mta.server.address() as AddressInfo).port;
    open.push(mta);
  }
  const resolverPort = resolverAt ? await resolverAt(port) : names.port;
  const bed = await openMailflowTestbed((services) => ({
    ...services,
    outbound: {
      kind: "mx",
      port,
      allowsPrivate: true,
      resolver: { resolveMx: () => Promise.reject(), resolveAddresses: () => Promise.reject() },
      secureResolver: new ValidatingResolver({ host: "127.0.0.1", port: resolverPort }, new SeededRandom(3)),
    },
    reportsOut: { resolveTxt: async () => [], post: async () => 201 },
    sts: {
      resolveTxt: async () =>
        sts.policy === "" ? [] : [`v=STSv1; id=${createHash("md5").update(sts.policy).digest("hex")};`],
      fetchPolicy: async () => sts.policy,
    },
  }));
  await bed.newTenant("casa.test");
  await bed.newAccount("ada@casa.test");
  return {
    bed,
    names,
    port,
    async send(to) {
      heard.length = 0;
      await nodemailer
        .createTransport({
          ...{ host: "127.0.0.1", port: bed.submission.port, ignoreTLS: true },
          auth: { user: "ada@casa.test", pass: "secret" },
        })
        .sendMail({ from: "ada@casa.test", to, subject: "x", text: "x" });
      await bed.drain();
      const [row] = await bed.database.db.operator(
        (tx) =>
          tx.sql<{ last_reply: string }[]>`
            select last_reply from mailflow_queue where recipient = ${to} and state = 'waiting'`,
      );
      return { heard: [...heard], waits: row?.last_reply ?? null };
    },
    async close() {
      await bed.close();
      names.close();
      for (const mta of open) await new Promise<void>((resolve) => mta.close(resolve));
    },
  };
}

/** A TLSA record by its three numbers, of a certificate. */
export function tlsaOf(
  name: string,
  [usage, selector, matchingType]: [number, number, number],
  { cert }: Pair,
): Answer {
  const { raw, publicKey } = new X509Certificate(cert);
  const selected = selector === 0 ? raw : publicKey.export({ type: "spki", format: "der" });
  const digest = matchingType === 2 ? "sha512" : "sha256";
  const certificate = matchingType === 0 ? selected : createHash(digest).update(selected).digest();
  return { type: "TLSA", name, ttl: 60, data: { usage, selector, matchingType, certificate } };
}
