import { type Clock, type Logger, type Random, toHex } from "@casaforte/kernel";
import type { Db } from "@casaforte/platform/db";
import { Topics } from "./memory.ts";
import type { Bus } from "./port.ts";

const channel = "casaforte_bus";
const coalesceMs = 5;
/**
 * While one change follows the other: a NOTIFY is a transaction of its own, wakes every node and comes back to this one, 0.7 ms
 * of processor time in all. What it tells may be late.
 */
const closeMsMax = 3000;
const busyCoalesceMs = 100;
const payloadBytesMax = 7_500;

type Hint = readonly [topic: string, payload: string];

/**
 * Hints over LISTEN/NOTIFY. Local subscribers are told at once; other nodes get one NOTIFY for all hints of about five
 * milliseconds, a hundred while changes go on, sent outside any transaction (a NOTIFY inside costs 5–12× in commit rate).
 */
export async function openPostgresBus(services: {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}): Promise<Bus & { close(): Promise<void> }> {
  const { db, clock, logger } = services;
  const node = toHex(services.random.bytes(8));
  const topics = new Topics(logger);
  let pending = new Map<string, Hint>();
  let sending: Promise<void> | null = null;
  /** All that is on its way to the database. */
  let flushing = Promise.resolve();
  let closed = false;
  let sentMs = Number.NEGATIVE_INFINITY;

  const stop = await db.listen(channel, (text) => {
    if (text === null) return topics.tellAll();
    try {
      const [from, hints] = JSON.parse(text) as [string, Hint[]];
      if (from !== node) for (const [topic, payload] of hints) topics.tell(topic, payload);
    } catch (error) {
      logger.error("bus.payload", error);
    }
  });

  async function send(): Promise<void> {
    const isBusy = clock.nowMs() - sentMs < 2 * busyCoalesceMs;
    await clock.sleep(isBusy ? busyCoalesceMs : coalesceMs);
    sentMs = clock.nowMs();
    const hints = [...pending.values()];
    pending = new Map();
    sending = null;
    const [before, flushed] = [flushing, flushAll(hints)];
    flushing = flushed.then(() => before);
    await flushed;
  }

  async function flushAll(hints: readonly Hint[]): Promise<void> {
    let batch: Hint[] = [];
    let size = 0;
    const flush = () =>
      batch.length === 0
        ? undefined
        : db.notify(channel, JSON.stringify([node, batch])).catch(() => logger.warn("bus.hint_lost"));
    for (const hint of hints) {
      const length = hint[0].length + hint[1].length + 8;
      if (size + length > payloadBytesMax) {
        await flush();
        batch = [];
        size = 0;
      }
      batch.push(hint);
      size += length;
    }
    await flush();
  }

  return {
    publish(topic, payload = "") {
      queueMicrotask(() => topics.tell(topic, payload));
      if (closed) return;
      pending.set(`${topic}\n${payload}`, [topic, payload]);
      sending ??= send();
    },
    subscribe: (topic, onHint) => topics.add(topic, onHint),
    async close() {
      closed = true;
      await sending;
      // Behind the close the database may be closed as well, and what it was told last would be lost. For a hint nobody waits long.
      const told = new AbortController();
      await Promise.race([flushing, clock.sleep(closeMsMax, told.signal).catch(() => undefined)]);
      told.abort();
      await stop();
    },
  };
}
