import { readdir, readFile } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import { Failure } from "@casaforte/kernel";
import type { Config } from "@casaforte/platform/config";

/** How a place that `casaforte save` writes looks inside. Stamps sort by time. */
export const layout = {
  /** One folder for each save of the database. */
  databases: (place: string) => join(place, "database"),
  database: (place: string, stamp: string) => join(place, "database", stamp),
  /** Wrapped keys and anchors, as they are now. */
  data: (place: string) => join(place, "data"),
  /** Blobs as they were at the newest save. */
  blobs: (place: string, site: string) => join(place, "blobs", site),
  /** What a later save replaced or took away, for the saves before it. */
  replaced: (place: string) => join(place, "replaced"),
} as const;

const stampForm = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}Z$/;

export const stampOf = (nowMs: number): string => new Date(nowMs).toISOString().replace(/[:.]/g, "-");

async function stampsIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  return names.filter((name) => stampForm.test(name)).sort();
}

/** Finished saves of the database, oldest first. */
export const listSaves = (place: string): Promise<string[]> => stampsIn(layout.databases(place));

export const listReplaced = (place: string): Promise<string[]> => stampsIn(layout.replaced(place));

/** The save named, or the newest. @throws not_found `save.missing`. */
export async function chooseSave(place: string, wanted: string | undefined): Promise<string> {
  const saves = await listSaves(place);
  const stamp = wanted ?? saves.at(-1);
  if (stamp === undefined || !saves.includes(stamp))
    throw new Failure(
      "not_found",
      "save.missing",
      saves.length === 0
        ? `${place} holds no save: make one with casaforte save --to ${place}`
        : `${place} has no save ${stamp}; there are: ${saves.join(", ")}`,
    );
  return stamp;
}

/** A copy inside what it copies would copy itself. @throws invalid `save.place`. */
export function assertOutside(config: Config, place: string): void {
  const inside = (folder: string) => `${resolve(place)}${sep}`.startsWith(`${resolve(folder)}${sep}`);
  const holder = [config.data, ...config.sites.map(({ blobs }) => blobs)].find(inside);
  if (holder)
    throw new Failure("invalid", "save.place", `${place} lies in ${holder}, which is to be saved: choose another disk`);
}

/** Where the embedded database of a demo listens, as its superuser. @throws not_found `doctor.no_demo`. */
export async function embeddedSuperuserUrl(directory: string): Promise<string> {
  try {
    const { appUrl } = JSON.parse(await readFile(join(directory, "database.json"), "utf8")) as { appUrl: string };
    const credentials = JSON.parse(await readFile(join(directory, "postgres", "credentials.json"), "utf8")) as {
      superuser: string;
    };
    const url = new URL(appUrl);
    url.username = "cf_super";
    url.password = encodeURIComponent(credentials.superuser);
    return url.toString();
  } catch (cause) {
    throw new Failure("not_found", "doctor.no_demo", `no demo runs on ${directory}: start it, or use --config`, {
      cause,
    });
  }
}
