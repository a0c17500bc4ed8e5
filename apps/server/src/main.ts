import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "@casaforte/kernel";
import { loadConfig, productionFindings } from "@casaforte/platform/config";
import { migrate } from "@casaforte/platform/db";
import { openLogger } from "@casaforte/platform/telemetry";
import { Command, Option } from "commander";
import { type DatabaseUrls, openCore } from "./core.ts";
import { defaultDataDirectory } from "./demo/data-directory.ts";
import { runDemo } from "./demo/demo.ts";
import { examine } from "./doctor.ts";
import { migrationSources } from "./migrations.ts";
import { untilAsked } from "./process-life.ts";
import { publicUrl, startServer } from "./server.ts";
import { version } from "./version.ts";
import { builtWebApps } from "./web-apps.ts";

const program = new Command("casaforte")
  .description("A service provider in a box: Cloud Backup and Mail.")
  .version(version);
const configOption = new Option("--config <file>", "configuration file (YAML)").makeOptionMandatory();

program
  .command("demo")
  .description("run everything on this machine: embedded database, demo provider, loopback only")
  .option("--data <dir>", "data directory")
  .addOption(new Option("--ports <mode>", "fixed ports, or free ones").choices(["default", "auto"]).default("default"))
  .option("--no-demo", "start empty, with a set-up link for the first operator")
  .addOption(new Option("--log-level <level>").choices(["debug", "info", "warn", "error"]).default("info"))
  .action(
    async (options: {
      data?: string;
      ports: "default" | "auto";
      demo: boolean;
      logLevel: "debug" | "info" | "warn" | "error";
    }) => {
      process.exitCode = await runDemo(options);
      process.exit();
    },
  );

program
  .command("serve")
  .description("run the configured roles against your own PostgreSQL")
  .addOption(configOption)
  .action(async ({ config: file }: { config: string }) => {
    const config = await loadConfig(file, process.env);
    const findings = await productionFindings(config);
    if (findings.length > 0)
      throw new Failure(
        "precondition",
        "config.unfit",
        `this configuration is not fit for production:\n${findings.map((finding) => `  ${finding}`).join("\n")}`,
      );
    const logger = openLogger({ level: config.log.level, ...(config.log.file ? { file: config.log.file } : {}) });
    const core = await openCore(config, runtimeUrls(config.database), logger);
    const server = await startServer({ core, webApps: builtWebApps(), demo: false });
    const token = config.roles.includes("operator") ? await server.services.identity.createBootstrapToken() : null;
    if (token !== null)
      process.stdout.write(`Set up the first operator, once: ${publicUrl(config, "operator")}/setup#${token}\n`);
    logger.info("server.ready", { roles: config.roles.join(",") });
    process.exitCode = await untilAsked(() => server.stop());
    process.exit();
  });

program
  .command("migrate")
  .description("bring the database schema up to date (as the owner role)")
  .addOption(configOption)
  .action(async ({ config: file }: { config: string }) => {
    const config = await loadConfig(file, process.env);
    if (!config.database.ownerUrl)
      throw new Failure(
        "precondition",
        "config.owner_url",
        "set database.ownerUrl or DATABASE_OWNER_URL to the URL of cf_owner",
      );
    const count = await migrate(config.database.ownerUrl, migrationSources, openLogger({ level: "info" }));
    process.stdout.write(`${count} migrations applied.\n`);
  });

program
  .command("doctor")
  .description("check segregation and every invariant of the stored data; change nothing")
  .option("--config <file>", "configuration of a production installation")
  .option("--data <dir>", "data directory of a running demo")
  .option("--json", "print the report as JSON")
  .action(async (options: { config?: string; data?: string; json?: boolean }) => {
    const urls = options.config
      ? runtimeUrls((await loadConfig(options.config, process.env)).database)
      : await demoUrls(options.data ?? defaultDataDirectory(process.env));
    const report = await examine(urls, openLogger({ level: "error" }));
    if (options.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    else {
      for (const { where, what } of report.findings) process.stdout.write(`✗ ${where}: ${what}\n`);
      process.stdout.write(
        report.ok
          ? `All well: ${report.invariants} invariants hold for ${report.tenants} tenants, and the database keeps them apart.\n`
          : `${report.findings.length} findings.\n`,
      );
    }
    process.exitCode = report.ok ? 0 : 1;
  });

program
  .command("make-key <file>")
  .description("write a fresh master key of 32 random bytes; escrow a copy outside")
  .action((file: string) => {
    writeFileSync(file, randomBytes(32), { mode: 0o600, flag: "wx" });
    process.stdout.write(`Wrote ${file}. Keep a copy outside: without it nothing stored can be read.\n`);
  });

function runtimeUrls(database: {
  readonly url?: string | undefined;
  readonly operatorUrl?: string | undefined;
}): DatabaseUrls {
  if (!database.url || !database.operatorUrl)
    throw new Failure(
      "precondition",
      "config.database",
      "set DATABASE_URL (role cf_app) and DATABASE_OPERATOR_URL (role cf_ops)",
    );
  return { appUrl: database.url, operatorUrl: database.operatorUrl };
}

/** Expected trouble in one sentence, with the sentence it came from; a bug with its stack. */
function shownError(error: unknown): string {
  if (!(error instanceof Failure)) return error instanceof Error ? (error.stack ?? error.message) : String(error);
  const { cause } = error;
  return cause instanceof Error ? `${error.message}\n  because: ${cause.message}` : error.message;
}

async function demoUrls(directory: string): Promise<DatabaseUrls> {
  const text = await readFile(join(directory, "database.json"), "utf8").catch(() => {
    throw new Failure(
      "not_found",
      "doctor.no_demo",
      `no demo runs on ${directory}: start it, or name a configuration with --config`,
    );
  });
  return JSON.parse(text) as DatabaseUrls;
}

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${shownError(error)}\n`);
  process.exit(1);
}
