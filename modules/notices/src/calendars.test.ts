import type { TenantId } from "@casaforte/kernel";
import { expect, test } from "vitest";
import { makeCalendar, readCalendar, revokeCalendar } from "./index.ts";
import {
  clock,
  database,
  dayMs,
  face,
  newTenant,
  open,
  operator,
  services,
  update,
  where,
  worker,
} from "./notices.test-support.ts";

/** The events of a calendar, each by its properties, after checking what RFC 5545 asks of its lines. */
function eventsOf(calendar: string): Readonly<Record<string, string>>[] {
  expect(calendar.endsWith("END:VCALENDAR\r\n")).toBe(true);
  expect(calendar.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
  for (const line of calendar.split("\r\n")) expect(Buffer.byteLength(line), line).toBeLessThanOrEqual(75);
  const lines = calendar.replaceAll("\r\n ", "").split("\r\n");
  const events: Record<string, string>[] = [];
  for (const line of lines)
    if (line === "BEGIN:VEVENT") events.push({});
    else if (line === "END:VCALENDAR") break;
    else {
      const [name = "", value = ""] = [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)];
      const event = events.at(-1);
      if (event !== undefined) event[name] = value;
    }
  return events;
}

const fetched = async (url: string) => {
  const reply = await face.inject({ url: url.replace("https://console.test", "") });
  expect([reply.statusCode, reply.headers["content-type"]]).toEqual([200, "text/calendar; charset=utf-8"]);
  return reply;
};
const plan = (titleIt: string, fromMs: number) =>
  open({
    kind: "maintenance",
    titleIt,
    titleEn: "Disks, cables; and\\more: we replace what is old in the racks of the second hall – “quietly”",
    textEn: "First line\nsecond, line",
    planned: { fromMs, untilMs: fromMs + 3_600_000 },
  });
const make = (tenantId: TenantId) => database.db.tenant(tenantId, (tx) => makeCalendar(tx, operator, services));

test("R25: maintenance in a calendar keeps its UID, counts its changes and says that it is cancelled", async () => {
  const read = async () => {
    // The page is put together again.
    await clock.advance(60_000);
    return eventsOf((await fetched("/status.ics?lang=en")).body);
  };
  expect(await read()).toEqual([]);
  await open({ titleEn: "An incident" });
  const fromMs = Date.parse("2026-07-10T01:00:00Z");
  const id = await plan("Dischi", fromMs);
  const [event, ...others] = await read();
  expect(others).toEqual([]);
  expect(event).toMatchObject({
    UID: id,
    SEQUENCE: "0",
    STATUS: "CONFIRMED",
    DTSTART: "20260710T010000Z",
    DTEND: "20260710T020000Z",
    SUMMARY:
      "Disks\\, cables\\; and\\\\more: we replace what is old in the racks of the second hall – “quietly” (planned)",
    DESCRIPTION: "Cloud Backup\\n\\nFirst line\\nsecond\\, line",
    LOCATION: "Milano",
    URL: `https://console.test/status#${id}`,
  });
  await update(id, "planned", { planned: { fromMs: fromMs + dayMs, untilMs: fromMs + 2 * dayMs } });
  expect(await read()).toMatchObject([
    { UID: id, SEQUENCE: "1", DTSTART: "20260711T010000Z", DTEND: "20260712T010000Z", STATUS: "CONFIRMED" },
  ]);
  await update(id, "cancelled");
  expect(await read()).toMatchObject([{ UID: id, SEQUENCE: "2", STATUS: "CANCELLED" }]);
  expect((await face.inject({ url: "/status?lang=en" })).body).toContain('href="/status.ics?lang=en"');
});

test("R25: a customer's own address tells what concerns it and nothing else, until it is renewed or withdrawn", async () => {
  const [tenantId, other] = [await newTenant("cal"), await newTenant("calo")];
  where.set("backup/mi1", [tenantId]);
  const id = await plan("Nostra", clock.nowMs() + 5 * dayMs);
  await worker.drain();
  where.set("backup/mi1", [other]);
  await plan("Loro", clock.nowMs() + 6 * dayMs);
  await worker.drain();
  const first = await make(tenantId);
  expect(first.url).toMatch(/^https:\/\/console\.test\/calendar\/[\w.-]+\.ics$/);
  const reply = await fetched(`${first.url}?lang=it`);
  expect(reply.headers["cache-control"]).toBe("no-store");
  expect(eventsOf(reply.body)).toMatchObject([{ UID: id, SUMMARY: "Nostra (programmata)" }]);
  const status = async (url: string) => (await face.inject({ url: new URL(url).pathname })).statusCode;
  // An address of nobody's making, with another customer's name in it.
  expect(await status(first.url.replace(tenantId, other))).toBe(404);
  expect(await status(first.url.replace(/.\.ics$/, (end) => (end.startsWith("A") ? "B.ics" : "A.ics")))).toBe(404);
  const second = await make(tenantId);
  expect([await status(first.url), await status(second.url)]).toEqual([404, 200]);
  expect(await database.db.tenant(tenantId, (tx) => readCalendar(tx, services))).toEqual(second);
  expect(await database.db.tenant(other, (tx) => readCalendar(tx, services))).toBeNull();
  await database.db.tenant(tenantId, (tx) => revokeCalendar(tx, operator));
  expect(await status(second.url)).toBe(404);
});
