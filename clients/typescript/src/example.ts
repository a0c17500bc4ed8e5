import type { Client } from "./index.ts";

/** How many devices each backup space has, by the space's name. */
export async function countDevices(casaforte: Client): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  const { spaces } = await casaforte.call("GET /api/spaces");
  for (const space of spaces) {
    const { devices } = await casaforte.call("GET /api/devices", { query: { spaceId: space.id, limit: 50 } });
    counts[space.name] = devices.length;
  }
  return counts;
}
