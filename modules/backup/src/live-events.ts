import type { LiveEvent } from "@casaforte/contract/backup";
import { Failure, type TenantId } from "@casaforte/kernel";
import type { Face } from "@casaforte/platform/http";
import { backupLimits } from "./limits.ts";
import type { BackupHttpServices } from "./services.ts";

const uuid = /^[0-9a-f-]{36}$/;
const resync: LiveEvent = { event: "resync" };

function deviceEvent(payload: string | null): LiveEvent {
  return payload !== null && uuid.test(payload) ? { event: "device", deviceId: payload } : resync;
}

function pointEvent(payload: string | null): LiveEvent {
  const [deviceId = "", pointId = ""] = (payload ?? "").split(" ");
  return uuid.test(deviceId) && uuid.test(pointId) ? { event: "point", deviceId, pointId } : resync;
}

/**
 * GET /api/events: hints as server-sent events, so that the console shows "connected" and new points by itself. A stream
 * lives for five minutes, so that it does not outlive a sign-out by more; it then says `end`, and the console opens
 * another only while somebody uses it: a forgotten tab must not keep its session from growing idle.
 */
export function registerLiveEvents(app: Face, services: BackupHttpServices): void {
  const { bus, clock } = services;
  const open = new Map<TenantId, number>();

  app.get("/api/events", async (request, reply) => {
    const { tenantId } = await services.session(request);
    const count = open.get(tenantId) ?? 0;
    if (count >= backupLimits.liveConnectionsPerTenantMax)
      throw new Failure("rate_limited", "backup.too_many_streams", "too many live streams are open", {
        details: { retryAtMs: clock.nowMs() + 30_000 },
      });
    open.set(tenantId, count + 1);
    reply.hijack();
    const { raw } = reply;
    const gone = new AbortController();
    raw.once("close", () => gone.abort());
    for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value);
    raw.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no" });
    // A reader that does not keep up loses hints, not memory: it re-reads when it is back.
    let behind = false;
    const send = (event: LiveEvent) => {
      if (behind) return;
      const { event: name, ...data } = event;
      behind = !raw.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
      if (behind)
        raw.once("drain", () => {
          behind = false;
          send(resync);
        });
    };
    const stops = [
      bus.subscribe(`devices:${tenantId}`, (payload) => send(deviceEvent(payload))),
      bus.subscribe(`points:${tenantId}`, (payload) => send(pointEvent(payload))),
    ];
    try {
      raw.write(": open\n\n");
      for (let lived = 0; lived < backupLimits.liveStreamMsMax; lived += backupLimits.livePingMs) {
        await clock.sleep(backupLimits.livePingMs, gone.signal);
        raw.write(": ping\n\n");
      }
      send({ event: "end" });
    } catch (error) {
      if (!gone.signal.aborted) throw error;
    } finally {
      raw.end();
      for (const stop of stops) stop();
      const left = (open.get(tenantId) ?? 1) - 1;
      if (left === 0) open.delete(tenantId);
      else open.set(tenantId, left);
    }
  });
}
