import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { Failure } from "@casaforte/kernel";
import { loadConfig } from "@casaforte/platform/config";
import { migrate } from "@casaforte/platform/db";
import { openLogger } from "@casaforte/platform/telemetry";
import { Command, Option } from "commander";
import { settleAfterRestore } from "./commands/after-restore.ts";
import { certificatePublicKey, verifySignedFile } from "./commands/certificate.ts";
import { doctor, openInstallation } from "./commands/doctor.ts";
import { initDatabase, initDatabaseText } from "./commands/init-database.ts";
import { retryFailedJobs } from "./commands/retry-jobs.ts";
import { rewrapKeys } from "./commands/rewrap-keys.ts";
import { serve } from "./commands/serve.ts";
import { runDemo } from "./demo/demo.ts";
import { migrationSources } from "./migrations.ts";
import { version } from "./version.ts";

const program = new Command("casaforte")
  .description("A service provider in a box: Cloud Backup and Mail.")
  .version(version);
const configOption = new Option("--config <file>", "configuration file (YAML)").makeOptionMandatory();
const say = (text: string) => void process.stdout.write(text);

program
  .command("demo")
  .description("run everything on this machine: embedded database, demo provider, loopback only")
  .option("--data <dir>", "data directory")
  .addOption(new Option("--ports <mode>", "fixed ports, or free ones").choices(["default", "auto"]).default("default"))
  .option("--no-demo", "start empty, with a set-up link for the first operator")
  .addOption(new Option("--log-level <level>").choices(["debug", "info", "warn", "error"]).default("info"))
  .action(async (options: Parameters<typeof runDemo>[0]) => {
    process.exitCode = await runDemo(options);
    process.exit();
  });

program
  .command("serve")
  .description("run the configured roles against your own PostgreSQL")
  .addOption(configOption)
  .action(async ({ config }: { config: string }) => {
    process.exitCode = await serve(config);
    process.exit();
  });

program
  .command("init-database")
  .description("make the roles and the database on your PostgreSQL; prints three URLs, once")
  .addOption(
    new Option("--superuser-url <url>", "postgres://superuser:password@host/postgres, or the socket form")
      .env("DATABASE_SUPERUSER_URL")
      .makeOptionMandatory(),
  )
  .option("--database <name>", "name of the database", "casaforte")
  .option("--reset-passwords", "the roles exist already: give them new passwords")
  .action(async (options: Parameters<typeof initDatabase>[0]) => say(initDatabaseText(await initDatabase(options))));

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
    say(
      `${await migrate(config.database.ownerUrl, migrationSources, openLogger({ level: "info" }))} migrations applied.\n`,
    );
  });

program
  .command("doctor")
  .description(
    "check segregation, stored data, blobs, audit chains and jobs; change nothing. Exit 0 well, 1 findings, 2 could not look",
  )
  .option("--config <file>", "configuration of a production installation")
  .option("--data <dir>", "data directory of a running demo")
  .option("--json", "print the report as JSON")
  .action(async (options: Parameters<typeof doctor>[0]) => {
    process.exitCode = await doctor(options);
  });

program
  .command("retry-jobs")
  .description("run the jobs again that were given up, once their cause is gone")
  .option("--config <file>", "configuration of a production installation")
  .option("--data <dir>", "data directory of a running demo")
  .action(async (options: Parameters<typeof openInstallation>[0]) => {
    const { urls } = await openInstallation(options);
    say(`${await retryFailedJobs(urls, Date.now())} jobs will run again.\n`);
  });

program
  .command("after-restore")
  .description(
    "once, after the database was put back from a backup and before anything starts: mail programs read anew",
  )
  .addOption(configOption)
  .action(async ({ config: file }: { config: string }) => {
    const { urls } = await openInstallation({ config: file });
    say(`${await settleAfterRestore(urls)} mail accounts will be read anew by their programs.\n`);
  });

program
  .command("make-key <file>")
  .description("write a fresh master key of 32 random bytes; escrow a copy outside")
  .action((file: string) => {
    writeFileSync(file, randomBytes(32), { mode: 0o600, flag: "wx" });
    say(`Wrote ${file}. Keep a copy outside: without it nothing stored can be read.\n`);
  });

program
  .command("rewrap-keys")
  .description("wrap every stored key under the newest master key; the older ones may then leave the configuration")
  .addOption(configOption)
  .action(async ({ config }: { config: string }) =>
    say(`${await rewrapKeys(await loadConfig(config, process.env))} keys wrapped anew.\n`),
  );

const certificate = program.command("certificate").description("deletion certificates and evidence");
certificate
  .command("key")
  .description("print the public key that certificates are checked with")
  .option("--config <file>", "configuration of a production installation")
  .option("--data <dir>", "data directory of a running demo")
  .action(async (options: Parameters<typeof certificatePublicKey>[0]) => say(await certificatePublicKey(options)));
certificate
  .command("verify <file>")
  .description("check a signed document; needs nothing but the file, its signature and the provider's public key")
  .option("--signature <file>", "the detached signature; FILE.sig when absent")
  .requiredOption("--key <file>", "the provider's public key (PEM)")
  .action(async (file: string, options: { signature?: string; key: string }) =>
    say(await verifySignedFile(file, options)),
  );

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(
    error instanceof Failure ? `${error.message}\n` : `${error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exit(1);
}
