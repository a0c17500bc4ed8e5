import { serveImap } from "@casaforte/imap";
import { MemoryImapBackend } from "@casaforte/imap/memory";
import { serveManageSieve } from "@casaforte/managesieve";
import { MemoryManageSieveBackend } from "@casaforte/managesieve/memory";
import { servePop3 } from "@casaforte/pop3";
import { MemoryPop3Backend } from "@casaforte/pop3/memory";
import { FakeClock, MemoryConnection, MemoryLogger, SeededRandom } from "@casaforte/testkit";
import { handleApi } from "../../protocols/jmap/src/api.ts";
import { testAccount } from "../../protocols/jmap/src/memory/test-account.ts";

interface Served {
  readonly clock: FakeClock;
  readonly logger: MemoryLogger;
  readonly signal: AbortSignal;
}

/**
 * What a client sends to a server after its sign-in, and then hangs up. @throws Error for what the server logs as a fault of
 * its own, or when the session does not end.
 */
async function converse(
  signIn: string,
  bytes: Buffer,
  serve: (connection: MemoryConnection["server"], services: Served) => Promise<void>,
): Promise<void> {
  const [clock, logger, over] = [new FakeClock(), new MemoryLogger(), new AbortController()];
  const connection = new MemoryConnection({ secure: true, startTls: true });
  const session = serve(connection.server, { clock, logger, signal: over.signal });
  connection.send(signIn);
  connection.send(bytes);
  connection.end();
  await connection.receiveAll();
  await session;
  const fault = logger.events.find(({ level }) => level === "error");
  if (fault) throw new Error(`${fault.event}: ${JSON.stringify(fault)}`);
}

export function imapSession(bytes: Buffer): Promise<void> {
  const backend = new MemoryImapBackend({ clock: new FakeClock(), random: new SeededRandom(7) });
  const mail = backend.addAccount("bob", "secret");
  mail.deliver("INBOX", "Subject: one\n\n1\n");
  mail.deliver("INBOX", "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n\n2\n--b--\n");
  return converse("a LOGIN bob secret\r\nb SELECT INBOX\r\n", bytes, (connection, services) =>
    serveImap(connection, { backend, ...services }),
  );
}

export function pop3Session(bytes: Buffer): Promise<void> {
  const backend = new MemoryPop3Backend();
  const inbox = backend.addAccount("bob", "secret");
  inbox.deliver("Subject: one\n\n.dot\n");
  inbox.deliver("Subject: two\n\n1\n2\n");
  return converse("USER bob\r\nPASS secret\r\n", bytes, (connection, services) =>
    servePop3(connection, { backend, ...services }),
  );
}

export function manageSieveSession(bytes: Buffer): Promise<void> {
  const backend = new MemoryManageSieveBackend();
  backend.addAccount("bob", "secret");
  const plain = Buffer.from("\0bob\0secret").toString("base64");
  return converse(`AUTHENTICATE "PLAIN" "${plain}"\r\n`, bytes, (connection, services) =>
    serveManageSieve(connection, { backend, ...services }),
  );
}

/** A JMAP request, as far as it is JSON: the edge refuses the rest. */
export async function jmapRequest(bytes: Buffer): Promise<void> {
  const { backend, clock, append } = testAccount();
  await append("Message-ID: <1@x>\nFrom: a@x.it\nSubject: Uno\n\nciao");
  let request: unknown;
  try {
    request = JSON.parse(bytes.toString("utf8"));
  } catch {
    return;
  }
  await handleApi(request, backend, { nowMs: clock.nowMs(), logger: new MemoryLogger() });
}
