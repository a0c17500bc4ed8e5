import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import type { PrincipalId } from "@casaforte/kernel";
import { createFace, type Face } from "@casaforte/platform/http";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import type { VerifyMailLogin } from "./imap.ts";
import { jmapBackend } from "./jmap.ts";
import { bed, closeJmapBed, openJmapBed, services, tenantId } from "./jmap-bed.test-support.ts";
import { guardJmap } from "./jmap-door.ts";
import { registerJmapRoutes } from "./jmap-http.ts";
import { mailboxLimits } from "./limits.ts";

const patience = { timeout: 5_000 };
let face: Face | undefined;
beforeAll(openJmapBed);
afterEach(() => face?.close());
afterAll(closeJmapBed);

/** A face for programs of one account, whose sign-in waits at `gate`, and what is subscribed to. */
async function openFace(gate: Promise<void> = Promise.resolve()) {
  const account = await bed.newAccount(tenantId);
  const principalId = account.id as string as PrincipalId;
  const open: string[] = [];
  const seen = { ever: 0, asked: 0, byHandler: [] as number[] };
  const bus: typeof bed.bus = {
    ...bed.bus,
    subscribe(topic, onHint) {
      const stop = bed.bus.subscribe(topic, onHint);
      open.push(topic);
      seen.ever++;
      return () => {
        stop();
        if (open.includes(topic)) open.splice(open.indexOf(topic), 1);
      };
    },
  };
  const knocked = Promise.withResolvers<void>();
  const verify: VerifyMailLogin = async () => {
    knocked.resolve();
    await gate;
    const holds = async () => {
      seen.asked++;
      return true;
    };
    return { tenantId, mailAccountId: account.id, principalId, holds };
  };
  const { clock, logger, services: mailbox } = bed;
  const app = createFace({ name: "jmap", clock, logger, random: mailbox.random, contentSecurityPolicy: "api" });
  face = app;
  const guestOf = guardJmap(app, { ...mailbox, bus }, verify);
  registerJmapRoutes(app, {
    clock,
    logger,
    backendFor: (request) => {
      seen.byHandler.push(open.length);
      return jmapBackend({ ...services, bus }, guestOf(request).actor, null, "jmap");
    },
    endOf: (request) => guestOf(request).ended,
  });
  await app.listen({ host: "127.0.0.1", port: 0 });
  const hungUp = new Promise<void>((resolve) => app.server.on("connection", (one) => one.on("close", () => resolve())));
  const socket = connect((app.server.address() as AddressInfo).port, "127.0.0.1");
  await once(socket, "connect");
  const ask = (path: string) =>
    socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Basic ${btoa("a:b")}\r\n\r\n`);
  const hangUp = async () => {
    socket.destroy();
    await hungUp;
  };
  let said = "";
  socket.on("data", (data) => {
    said += data.toString();
  });
  const hear = (text: string) => vi.waitFor(() => expect(said).toContain(text), patience);
  return { ask, hangUp, hear, knocked: knocked.promise, open, seen };
}

test.each(["/jmap/events", "/jmap/session"])(
  "R13: a client that hangs up while its password is checked leaves nothing open: %s",
  async (path) => {
    const gate = Promise.withResolvers<void>();
    const { ask, hangUp, knocked, open, seen } = await openFace(gate.promise);
    ask(path);
    await knocked;
    await hangUp();
    gate.resolve();
    await vi.waitFor(() => expect([seen.ever, open]).toEqual([3, []]), patience);
    await bed.clock.advance(mailboxLimits.doorTrustMs);
    expect([seen.ever, open, seen.asked]).toEqual([3, [], 0]);
  },
);

test("R13: who listens to events is asked for until he goes; of other requests nothing is kept", async () => {
  const { ask, hangUp, hear, open, seen } = await openFace();
  ask("/jmap/session");
  await hear('"username"');
  expect([seen.byHandler, open]).toEqual([[0], []]);
  ask("/jmap/events");
  await hear("retry: 3000");
  expect(seen.byHandler).toEqual([0, 3]);
  expect(open.map((topic) => topic.split(":")[0]).sort()).toEqual(["door", "identity", "mail", "measures"]);
  seen.asked = 0;
  await bed.clock.advance(mailboxLimits.doorTrustMs);
  expect(seen.asked).toBe(1);
  await hangUp();
  await vi.waitFor(() => expect(open).toEqual([]), patience);
});
