import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { Failure } from "@casaforte/kernel";
import { Command, InvalidArgumentError, Option } from "commander";
import type { certificatePublicKey } from "./commands/certificate.ts";
import type { exportAuditChain, verifyCharter } from "./commands/charter.ts";
import type { doctor } from "./commands/doctor.ts";
import type { initDatabase } from "./commands/init-database.ts";
import type { openInstallation } from "./commands/open-installation.ts";
import type { DrillOptions, PutBackOptions, SaveOptions } from "./commands/saving.ts";
import type { runDemo } from "./demo/demo.ts";
import { version } from "./version.ts";

// By itself V8 marks the whole heap each time another 64 MiB of buffers came to lie outside it, that is several times a
// second while bodies pass through; with this they count towards the heap's own limit, which grows with what is alive.
setFlagsFromString("--external-memory-accounted-in-global-limit");

// Each command loads what it needs and no more: a key or a refused configuration should not wait for the whole product.

const program = new Command("casaforte")
  .description("A service provider in a box: Cloud Backup and Mail.")
  .version(version);
const configOption = new Option("--config <file>", "configuration file (YAML)").makeOptionMandatory();
const atLeastOne = (text: string): number => {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1) throw new InvalidArgumentError("a whole number from 1 on");
  return count;
};
const say = (text: string) => void process.stdout.write(text);

program
  .command("demo")
  .description("run everything on this machine: embedded database, demo provider, loopback only")
  .option("--data <dir>", "data directory")
  .addOption(new Option("--ports <mode>", "fixed ports, or free ones").choices(["default", "auto"]).default("default"))
  .option(
    "--import-network <network...>",
    "a server (address:port) or network that customers may bring mail from, though not public",
  )
  .option("--no-demo", "start empty, with a set-up link for the first operator")
  .addOption(new Option("--log-level <level>").choices(["debug", "info", "warn", "error"]).default("info"))
  .action(async (options: Parameters<typeof runDemo>[0]) => {
    const { runDemo } = await import("./demo/demo.ts");
    process.exitCode = await runDemo(options);
    process.exit();
  });

program
  .command("serve")
  .description("run the configured roles against your own PostgreSQL")
  .addOption(configOption)
  .action(async ({ config }: { config: string }) => {
    const { serve } = await import("./commands/serve.ts");
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
  .action(async (options: Parameters<typeof initDatabase>[0]) => {
    const { initDatabase, initDatabaseText } = await import("./commands/init-database.ts");
    say(initDatabaseText(await initDatabase(options)));
  });

program
  .command("migrate")
  .description("bring the database schema up to date (as the owner role)")
  .addOption(configOption)
  .action(async ({ config: file }: { config: string }) => {
    const { bringUpToDate } = await import("./commands/migrate.ts");
    say(`${await bringUpToDate(file)} migrations applied.\n`);
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
    const { doctor } = await import("./commands/doctor.ts");
    process.exitCode = await doctor(options);
  });

program
  .command("retry-jobs")
  .description("run the jobs again that were given up, once their cause is gone")
  .option("--config <file>", "configuration of a production installation")
  .option("--data <dir>", "data directory of a running demo")
  .action(async (options: Parameters<typeof openInstallation>[0]) => {
    const { openInstallation } = await import("./commands/open-installation.ts");
    const { retryFailedJobs } = await import("./commands/retry-jobs.ts");
    const { urls } = await openInstallation(options);
    say(`${await retryFailedJobs(urls, Date.now())} jobs will run again.\n`);
  });

program
  .command("mail-tlsa")
  .description("print the TLSA record of the certificate that your mail servers show, for your own DNS (DANE)")
  .addOption(configOption)
  .action(async ({ config: file }: { config: string }) => {
    const { mailTlsa } = await import("./commands/mail-tlsa.ts");
    say(`${await mailTlsa(file)}\n`);
  });

program
  .command("after-restore")
  .description(
    "once, after the database was put back from a backup and before anything starts: mail programs read anew",
  )
  .addOption(configOption)
  .action(async ({ config: file }: { config: string }) => {
    const { openInstallation } = await import("./commands/open-installation.ts");
    const { settleAfterRestore } = await import("./commands/after-restore.ts");
    const { urls } = await openInstallation({ config: file });
    say(`${await settleAfterRestore(urls)} mail accounts will be read anew by their programs.\n`);
  });

const placeOption = new Option("--from <dir>", "a place that casaforte save wrote").makeOptionMandatory();
program
  .command("save")
  .description("save database, keys and blobs into a folder on another disk, while the program works")
  .option("--config <file>", "configuration of a production installation")
  .option("--data <dir>", "data directory of a running demo")
  .requiredOption("--to <dir>", "the folder; each run copies only what is new")
  .addOption(new Option("--keep <n>", "saves of the database to keep").default(14).argParser(atLeastOne))
  .addOption(
    new Option("--database-url <url>", "a role that reads every row: a superuser, or cf_save").env("DATABASE_SAVE_URL"),
  )
  .option("--json", "print the report as JSON")
  .action(async (options: SaveOptions) => {
    const { runSave } = await import("./commands/saving.ts");
    await runSave(options);
  });
program
  .command("drill")
  .description(
    "prove a save: put it back into an empty place, run every invariant, read samples. Exit 0 well, 1 findings",
  )
  .option("--config <file>", "configuration of a production installation")
  .option("--data <dir>", "data directory of a running demo")
  .addOption(placeOption)
  .option("--save <stamp>", "which save; the newest when absent")
  .option("--scratch <dir>", "where to put it back; the system's temporary directory when absent")
  .addOption(new Option("--blobs <n>", "blobs of each customer to read to the end").default(100).argParser(atLeastOne))
  .option("--json", "print the report as JSON")
  .action(async (options: DrillOptions) => {
    const { runDrill } = await import("./commands/saving.ts");
    process.exitCode = await runDrill(options);
  });
program
  .command("put-back")
  .description("fill an empty installation from a save: keys, blobs, database; then look. Exit 0 well, 1 findings")
  .addOption(configOption)
  .addOption(placeOption)
  .option("--save <stamp>", "which save; the newest when absent")
  .addOption(
    new Option("--superuser-url <url>", "the database server's superuser")
      .env("DATABASE_SUPERUSER_URL")
      .makeOptionMandatory(),
  )
  .option("--json", "print the report as JSON")
  .action(async (options: PutBackOptions) => {
    const { runPutBack } = await import("./commands/saving.ts");
    process.exitCode = await runPutBack(options);
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
  .action(async ({ config }: { config: string }) => {
    const { loadConfig } = await import("@casaforte/platform/config");
    const { rewrapKeys } = await import("./commands/rewrap-keys.ts");
    say(`${await rewrapKeys(await loadConfig(config, process.env))} keys wrapped anew.\n`);
  });

const escrow = program.command("escrow").description("the copies of master keys that are kept outside");
escrow
  .command("check <file>")
  .description("tell which master key of this installation a copy is, and note that it was looked at; prints no key")
  .option("--config <file>", "configuration of a production installation")
  .option("--data <dir>", "data directory of a running demo")
  .action(async (file: string, options: Parameters<typeof openInstallation>[0]) => {
    const { checkEscrow } = await import("./commands/escrow.ts");
    say(await checkEscrow(file, options));
  });

const installed = (command: Command) =>
  command
    .option("--config <file>", "configuration of a production installation")
    .option("--data <dir>", "data directory of a running demo");

const charter = program.command("charter").description("the promises, checked on the running system");
installed(charter.command("verify"))
  .description("run each control for one customer and write the signed evidence. Exit 1 when a promise is not kept")
  .requiredOption("--tenant <id>", "the customer")
  .requiredOption("--out <file>", "where the evidence pack goes")
  .action(async (options: Parameters<typeof verifyCharter>[0]) => {
    const { verifyCharter } = await import("./commands/charter.ts");
    const { text, broken } = await verifyCharter(options);
    say(text);
    process.exitCode = broken === 0 ? 0 : 1;
  });
charter
  .command("check <file>")
  .description("check an evidence pack: signature, every file, the chain of the log. Needs no installation")
  .requiredOption("--key <file>", "the provider's public key (PEM)")
  .action(async (file: string, options: { key: string }) => {
    const { checkEvidence } = await import("./commands/charter.ts");
    say(await checkEvidence(file, options));
  });

const audit = program.command("audit").description("the audit log of a customer");
installed(audit.command("export"))
  .description("print a customer's log with its chain, a JSON line each")
  .requiredOption("--tenant <id>", "the customer")
  .action(async (options: Parameters<typeof exportAuditChain>[0]) => {
    const { exportAuditChain } = await import("./commands/charter.ts");
    await exportAuditChain(options, say);
  });
audit
  .command("verify <file>")
  .description("recompute every link of an exported log. Needs no installation")
  .action(async (file: string) => {
    const { verifyAuditExport } = await import("./commands/charter.ts");
    say(await verifyAuditExport(file));
  });

program
  .command("sbom")
  .description("print the bill of materials of what is installed (CycloneDX 1.6)")
  .action(async () => {
    const { billOfMaterials, runningBuild } = await import("./components.ts");
    say(JSON.stringify(billOfMaterials(runningBuild()), null, 1));
  });

const certificate = program.command("certificate").description("deletion certificates and evidence");
certificate
  .command("key")
  .description("print the public key that certificates are checked with")
  .option("--config <file>", "configuration of a production installation")
  .option("--data <dir>", "data directory of a running demo")
  .action(async (options: Parameters<typeof certificatePublicKey>[0]) => {
    const { certificatePublicKey } = await import("./commands/certificate.ts");
    say(await certificatePublicKey(options));
  });
certificate
  .command("verify <file>")
  .description("check a signed document; needs nothing but the file, its signature and the provider's public key")
  .option("--signature <file>", "the detached signature; FILE.sig when absent")
  .requiredOption("--key <file>", "the provider's public key (PEM)")
  .action(async (file: string, options: { signature?: string; key: string }) => {
    const { verifySignedFile } = await import("./commands/certificate.ts");
    say(await verifySignedFile(file, options));
  });

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(
    error instanceof Failure ? `${error.message}\n` : `${error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exit(1);
}
