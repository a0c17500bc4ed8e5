import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, type TLSSocket } from "node:tls";
import type { HostPort } from "../tests/support/product.ts";
import type { Figure } from "./figures.ts";
import type { MailUser } from "./mail.ts";
import { processesBelow } from "./processor-time.ts";
import { until } from "./until.ts";

/** A server holds this many connections of one address; all of 127/8 is ours. */
const sessionsPerAddress = 150;
/** Opened first and not counted: what a server allocates once. */
const warmUpSessions = 100;
const openedTogether = 25;

/** Memory of all processes below `root`, shared pages counted by their share, bytes. */
function memoryBytes(root: number): number {
  let sum = 0;
  for (const pid of processesBelow(root)) {
    try {
      const kibibytes = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1];
      sum += Number(kibibytes ?? 0) * 1024;
    } catch {
      // It ended between two looks.
    }
  }
  return sum;
}

/** One session that has a mailbox open and waits in IDLE. */
async function idle({ host, port }: HostPort, { address, password }: MailUser, number: number): Promise<TLSSocket> {
  const localAddress = `127.0.1.${1 + Math.floor(number / sessionsPerAddress)}`;
  // A certificate of the demo's own making.
  const socket = connect({ host, port, rejectUnauthorized: false, ...{ localAddress } });
  let came = "";
  socket.on("data", (chunk) => (came = (came + chunk.toString("latin1")).slice(-2_000)));
  await once(socket, "secureConnect");
  const answer = (text: string) =>
    until(text, async () => {
      if (/^\w+ (NO|BAD)/m.test(came)) throw new Error(came);
      return came.includes(text);
    });
  await answer("ready");
  socket.write(`a LOGIN "${address}" "${password}"\r\nb SELECT INBOX\r\n`);
  await answer("b OK");
  socket.write("c IDLE\r\n");
  await answer("\r\n+ ");
  return socket;
}

/** What an idle TLS session costs the server in memory (database included). */
export async function benchIdleSessions(
  imaps: HostPort,
  user: MailUser,
  serverPid: number,
  count: number,
): Promise<Figure> {
  const open: TLSSocket[] = [];
  const add = async (many: number) => {
    for (let left = many; left > 0; left -= openedTogether) {
      const numbers = Array.from({ length: Math.min(left, openedTogether) }, (_, at) => open.length + at);
      open.push(...(await Promise.all(numbers.map((number) => idle(imaps, user, number)))));
    }
    await new Promise((resolve) => setTimeout(resolve, 2_000));
  };
  try {
    await add(warmUpSessions);
    const before = memoryBytes(serverPid);
    await add(count);
    const each = (memoryBytes(serverPid) - before) / 1000 / count;
    return {
      work: `memory of an idle TLS session, ${count} of them`,
      unit: "KB",
      better: "less",
      ours: [each],
      peer: [],
      peerName: "–",
      goal: "≤ 60 KB",
    };
  } finally {
    for (const socket of open) socket.destroy();
  }
}
