import type { Config } from "@casaforte/platform/config";
import { openLogger } from "@casaforte/platform/telemetry";
import { openCore } from "../core.ts";
import { untilAsked } from "../process-life.ts";
import { builtWebApps } from "../web-apps.ts";
import { runtimeUrls } from "./database-urls.ts";

/** Runs the roles of a configuration that is fit for production until asked to stop. Returns the exit code. */
export async function runConfigured(config: Config): Promise<number> {
  const logger = openLogger({ level: config.log.level, ...(config.log.file ? { file: config.log.file } : {}) });
  const core = await openCore(config, runtimeUrls(config.database), logger);
  // Most of the product, once there is a database that it can stand on: a refusal should not wait for it.
  const { startServer } = await import("../server.ts");
  const { publicUrl } = await import("../own-names.ts");
  const server = await startServer({ core, webApps: builtWebApps(), demo: false });
  const token = config.roles.includes("operator") ? await server.services.identity.createBootstrapToken() : null;
  // First: whoever reads that it is ready may ask it to stop at once.
  const ended = untilAsked(
    () => server.stop(),
    logger,
    () => core.certificates.reload(),
  );
  if (token !== null)
    process.stdout.write(`Set up the first operator, once: ${publicUrl(config, "operator")}/setup#${token}\n`);
  logger.info("server.ready", { roles: config.roles.join(",") });
  const listening = server.addresses.listeners.map(({ name, host, port }) => `${name} ${host}:${port}`);
  process.stdout.write(`Casaforte is ready (${[config.roles.join(" "), ...listening].join(", ")}).\n`);
  const { loadAhead } = await import("../load-ahead.ts");
  void loadAhead(logger);
  return ended;
}
