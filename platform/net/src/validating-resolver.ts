import { createSocket } from "node:dgram";
import { connect, isIP } from "node:net";
import { domainToASCII } from "node:url";
import { Failure, type Random } from "@casaforte/kernel";
import {
  type DnsAnswer,
  type DnsQuestion,
  type DnsReply,
  type DnsType,
  isDnsName,
  readReply,
  writeQuestion,
} from "./dns-message.ts";
import { netLimits } from "./limits.ts";

// The library takes what looks like a number for an IPv4 address.
const isAscii = /^[\x00-\x7f]*$/;

export interface ResolverAddress {
  /** IP address. */
  readonly host: string;
  readonly port: number;
}

/** `127.0.0.1`, `127.0.0.1:5353`, `::1` or `[::1]:5353`; null when it is none of these. */
export function readResolverAddress(text: string): ResolverAddress | null {
  const [, six, four, port] = /^(?:\[(.+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const found = { host: six ?? four ?? text, port: Number(port ?? 53) };
  return isIP(found.host) !== 0 && found.port > 0 && found.port <= 65_535 ? found : null;
}

/**
 * Asks a resolver that checks DNSSEC, and believes what it says of its checks (the AD bit, RFC 4035 §3.2.3): so it runs on
 * this machine or on a network where nobody else can answer in its name. Each question goes from a port and with an id of
 * its own by chance (RFC 5452), over UDP and, when the answer does not fit, over TCP.
 */
export class ValidatingResolver {
  readonly #at: ResolverAddress;
  readonly #random: Random;

  constructor(at: ResolverAddress, random: Random) {
    this.#at = at;
    this.#random = random;
  }

  /** Of a name that the DNS cannot hold there is nothing. @throws unavailable `net.no_answer`; the signal's reason. */
  async ask<Type extends DnsType>(name: string, type: Type, signal?: AbortSignal): Promise<DnsAnswer<Type>> {
    signal?.throwIfAborted();
    const question = { name: isAscii.test(name) ? name : domainToASCII(name), type };
    if (!isDnsName(question.name)) return { kind: "insecure", name: question.name, records: [] };
    const late = AbortSignal.timeout(netLimits.dnsMs);
    const ends = signal ? AbortSignal.any([signal, late]) : late;
    let cause: unknown;
    for (let tries = 0; tries < netLimits.dnsProofTries && !ends.aborted; tries++) {
      try {
        const once = AbortSignal.any([ends, AbortSignal.timeout(netLimits.dnsTryMs)]);
        const brief = await this.#overUdp(question, once);
        // The way by TCP has the time that is left.
        const reply = brief.kind === "truncated" ? await this.#overTcp(question, ends) : brief;
        if (reply.kind !== "truncated" && reply.kind !== "refused") return reply;
        cause = new Error(reply.kind === "refused" ? reply.code : reply.kind);
        break;
      } catch (error) {
        cause = error;
      }
    }
    signal?.throwIfAborted();
    throw new Failure("unavailable", "net.no_answer", "the validating resolver does not answer", { cause });
  }

  #newId(): number {
    const [high = 0, low = 0] = this.#random.bytes(2);
    return high * 256 + low;
  }

  /** Rejects when there is no reply before the signal. */
  async #overUdp<Type extends DnsType>(question: DnsQuestion<Type>, signal: AbortSignal): Promise<DnsReply<Type>> {
    const { host, port } = this.#at;
    const id = this.#newId();
    const { promise, resolve, reject } = Promise.withResolvers<DnsReply<Type>>();
    const socket = createSocket(isIP(host) === 6 ? "udp6" : "udp4");
    const stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    socket.on("error", reject);
    // Connected: the system passes on what comes from there alone. What is no reply of ours is waited past.
    socket.on("message", (message) => {
      const reply = readReply(message, id, question);
      if (reply !== null) resolve(reply);
    });
    socket.once("connect", () => socket.send(writeQuestion(id, question)));
    socket.connect(port, host);
    try {
      return await promise;
    } finally {
      signal.removeEventListener("abort", stop);
      socket.close();
    }
  }

  /** Rejects as above, or when what comes is no reply. */
  async #overTcp<Type extends DnsType>(question: DnsQuestion<Type>, signal: AbortSignal): Promise<DnsReply<Type>> {
    const id = this.#newId();
    const socket = connect({ ...this.#at, signal });
    try {
      const message = writeQuestion(id, question);
      socket.write(Buffer.concat([Uint8Array.of(message.length >> 8, message.length & 0xff), message]));
      let received = Buffer.alloc(0);
      for await (const part of socket as AsyncIterable<Buffer>) {
        received = Buffer.concat([received, part]);
        const length = received.length < 2 ? Number.POSITIVE_INFINITY : received.readUInt16BE(0);
        if (received.length < 2 + length) continue;
        const reply = readReply(received.subarray(2, 2 + length), id, question);
        if (reply !== null) return reply;
        break;
      }
      throw new Error("what came over TCP is no reply");
    } finally {
      socket.destroy();
    }
  }
}
