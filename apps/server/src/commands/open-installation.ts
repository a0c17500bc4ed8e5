import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "@casaforte/kernel";
import { type Config, loadConfig } from "@casaforte/platform/config";
import type { DatabaseUrls } from "../core.ts";
import { defaultDataDirectory } from "../demo/data-directory.ts";
import { demoConfig } from "../demo/demo-config.ts";
import { demoPorts } from "../demo/ports.ts";
import { runtimeUrls } from "./database-urls.ts";

export interface InstallationOptions {
  readonly config?: string;
  readonly data?: string;
}

/** A production installation by its configuration, or a demo that runs by its data directory. */
export async function openInstallation(
  options: InstallationOptions,
): Promise<{ readonly config: Config; readonly urls: DatabaseUrls }> {
  if (options.config) {
    const config = await loadConfig(options.config, process.env);
    return { config, urls: runtimeUrls(config.database) };
  }
  const directory = options.data ?? defaultDataDirectory(process.env);
  const text = await readFile(join(directory, "database.json"), "utf8").catch(() => {
    throw new Failure(
      "not_found",
      "doctor.no_demo",
      `no demo runs on ${directory}: start it, or name a configuration with --config`,
    );
  });
  return { config: await demoConfig(directory, demoPorts, "error"), urls: JSON.parse(text) as DatabaseUrls };
}
