import { expect, test, vi } from "vitest";
import { startRestore } from "./client.ts";
import type { CallMessage } from "./protocol.ts";

/** The browser's worker, which answers when the test says so. */
class SlowWorker extends EventTarget {
  static newest: SlowWorker | null = null;
  readonly asked: number[] = [];
  isEnded = false;

  constructor() {
    super();
    SlowWorker.newest = this;
  }

  postMessage({ call }: CallMessage): void {
    this.asked.push(call);
  }

  answer(value: unknown): void {
    this.dispatchEvent(new MessageEvent("message", { data: { reply: this.asked.shift(), value } }));
  }

  terminate(): void {
    this.isEnded = true;
  }
}
vi.stubGlobal("Worker", SlowWorker);

const start = () => startRestore({ progress: () => {}, locked: () => {} });

test("what a point was asked fails as stopped when it is closed before an answer, and so does what it is asked then", async () => {
  const client = start();
  const worker = SlowWorker.newest;
  const listed = client.call("list", null);
  worker?.answer([]);
  expect(await listed).toEqual([]);
  const stopped = { kind: "cancelled", code: "restore.cancelled" };
  const pending = [client.call("preview", 3), client.call("cancel")].map((call) =>
    expect(call).rejects.toMatchObject(stopped),
  );
  expect(worker?.asked).toHaveLength(2);
  client.close();
  expect(worker?.isEnded).toBe(true);
  await Promise.all(pending);
  await expect(client.call("preview", 3)).rejects.toMatchObject(stopped);
  expect(worker?.asked).toHaveLength(2);
});

test("no worker has the number of another, whose rows are not its own", () => {
  expect(start().id).not.toBe(start().id);
});
