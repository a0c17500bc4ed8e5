import { hostname } from "node:os";
import { Failure } from "@casaforte/kernel";
import { Command, CommanderError } from "commander";
import { findPoint, listPoints } from "./chain/find-point.ts";
import { forgetKey, rememberKey } from "./chain/remembered-key.ts";
import { addRecoverySecret, changeChainPassword, unlockChain } from "./chain/unlock.ts";
import type { ReadContext } from "./commands/context.ts";
import { agentVersion } from "./commands/context.ts";
import { enrol } from "./commands/enrol.ts";
import { restore } from "./commands/restore.ts";
import { runBackup } from "./commands/run-backup.ts";
import { readStatus } from "./commands/status.ts";
import { verify } from "./commands/verify.ts";
import { exitCodeOf, exitCodes } from "./exit-codes.ts";
import { Notes } from "./notes.ts";
import { type Output, ProgressLine, printNotes, printResult, shownBytes } from "./output.ts";
import { type PasswordSource, readPassword, readSecretFile } from "./password.ts";
import { agentHome } from "./state/home.ts";
import { connectVault } from "./vault-session.ts";

interface CommonOptions {
  readonly json?: boolean;
  readonly passwordFile?: string;
}

interface KeyOptions extends CommonOptions {
  readonly recoveryFile?: string;
}

interface VaultOptions extends CommonOptions {
  readonly vault?: string;
  readonly token?: string;
  readonly recoveryFile?: string;
}

const home = agentHome(process.env);
const interrupt = new AbortController();
const outputOf = (options: CommonOptions): Output => ({
  json: options.json === true,
  stdout: process.stdout,
  stderr: process.stderr,
});
const passwordOf = (options: CommonOptions): PasswordSource => ({
  passwordFile: options.passwordFile,
  variable: "CASAFORTE_PASSWORD",
  environment: process.env,
  input: process.stdin,
  output: process.stderr,
});

const program = new Command("casaforte-agent")
  .description("Backs up this machine, sealed on this machine, to a Casaforte vault.")
  .version(agentVersion)
  .exitOverride()
  .addHelpText("after", exitHelp());

program
  .command("enroll")
  .alias("enrol")
  .description("join this machine to a space with a token from the console")
  .requiredOption("--vault <url>", "address of the vault")
  .requiredOption("--token <token>", "enrolment token (single use)")
  .option("--name <name>", "name of this machine in the console", hostname())
  .option("--force", "replace an enrolment that is there")
  .option("--json", "print the result as JSON")
  .action(async (options: VaultOptions & { vault: string; token: string; name: string; force?: boolean }) => {
    const { vault: vaultUrl, token, name, force = false } = options;
    const done = await enrol(home, { vaultUrl, token, name, force });
    printResult(outputOf(options), done, [`Enrolled as ${done.name} in the space ${done.spaceName}.`]);
  });

program
  .command("backup")
  .description("save directories and files as a new restore point")
  .argument("<path...>", "what to save")
  .option("--full", "a new full instead of an increment")
  .option("--password-file <file>", "file that holds the encryption password")
  .option("--json", "print the result as JSON")
  .action(async (paths: string[], options: CommonOptions & { full?: boolean }) => {
    const output = outputOf(options);
    const progress = new ProgressLine(output);
    const done = await runBackup({
      home,
      password: (isNew) => readPassword(passwordOf(options), isNew),
      mayUseKept: options.passwordFile === undefined && process.env["CASAFORTE_PASSWORD"] === undefined,
      input: { paths, full: options.full === true },
      onProgress: progress.show,
      onPause: (pause) => {
        if (!output.json)
          output.stderr.write(`the vault is ${pause.reason}: next try in ${Math.ceil(pause.pauseMs / 1000)} s\n`);
      },
      signal: interrupt.signal,
    }).finally(() => progress.clear());
    printNotes(output, done.notes, done.unreadable);
    const { figures } = done;
    printResult(output, done, [
      `Restore point ${done.pointId} (${done.kind === "vbk" ? "full" : "increment"}${done.resumed ? ", resumed" : ""}): ${figures.entries} entries, ${shownBytes(figures.logicalBytes)}; read ${shownBytes(figures.readBytes)}, sent ${shownBytes(done.sentBytes)}.`,
    ]);
    process.exitCode = done.result === "ok" ? exitCodes.ok : exitCodes.partial;
  });

program
  .command("points")
  .description("list the restore points of this machine")
  .option("--vault <url>", "address of the vault (with --token, on a machine that is not enrolled)")
  .option("--token <token>", "restore token from the console")
  .option("--json", "print the result as JSON")
  .action(async (options: VaultOptions) => {
    const points = await listPoints(vaultOf(options));
    const lines = points.map(
      (point) =>
        `${point.pointId}  ${point.at}  ${point.kind === "vbk" ? "full     " : "increment"}  ${shownBytes(point.size)}${point.state === "damaged" ? "  DAMAGED" : ""}`,
    );
    printResult(outputOf(options), points, lines.length === 0 ? ["No restore points."] : lines);
  });

reading(program.command("restore"))
  .description("restore a point, or a part of it, into a directory")
  .argument("<point>", "id of a restore point, or latest")
  .requiredOption("--to <directory>", "where to; must be empty unless --force")
  .option("--path <path...>", "only these paths, as they were on the machine")
  .option("--force", "write into a directory that is not empty, replacing files of the same name")
  .action(async (wanted: string, options: VaultOptions & { to: string; path?: string[]; force?: boolean }) => {
    const input = { target: options.to, paths: options.path ?? [], force: options.force === true };
    const { output, done } = await withPoint(wanted, options, (context) => restore(context, input));
    printNotes(output, done.notes, done.lost);
    printResult(output, done, [`Restored ${done.entries} entries, ${shownBytes(done.bytes)}, to ${options.to}.`]);
    process.exitCode = done.result === "ok" ? exitCodes.ok : exitCodes.partial;
  });

reading(program.command("verify"))
  .description("read a whole restore point and check every byte, without writing")
  .argument("[point]", "id of a restore point", "latest")
  .action(async (wanted: string, options: VaultOptions) => {
    const { output, done } = await withPoint(wanted, options, (context) => verify(context));
    printNotes(output, done.notes, done.lost);
    const verdict = done.result === "ok" ? "is whole" : "IS DAMAGED";
    printResult(output, done, [
      `Point ${done.pointId} ${verdict}: ${done.files} files, ${shownBytes(done.bytes)}, ${done.blocks} blocks.`,
    ]);
    process.exitCode = done.result === "ok" ? exitCodes.ok : exitCodes.partial;
  });

program
  .command("password")
  .description("change the encryption password; restore points stay as they are")
  .option("--password-file <file>", "file that holds the old password")
  .option("--recovery-file <file>", "file that holds the recovery secret, when the old password is forgotten")
  .option("--new-password-file <file>", "file that holds the new password")
  .option("--json", "print the result as JSON")
  .action(async (options: KeyOptions & { newPasswordFile?: string }) => {
    const source: PasswordSource = {
      ...passwordOf(options),
      passwordFile: options.newPasswordFile,
      variable: "CASAFORTE_NEW_PASSWORD",
    };
    await changeChainPassword(ownKeyring(options), () => readPassword(source, true));
    printResult(outputOf(options), { changed: true }, ["The password was changed."]);
  });

program
  .command("remember")
  .description("let backups of this machine run unattended, without the password")
  .option("--password-file <file>", "file that holds the encryption password")
  .option("--json", "print the result as JSON")
  .action(async (options: CommonOptions) => {
    await rememberKey(home, ownKeyring(options));
    printResult(outputOf(options), { remembered: true }, ["Backups of this machine need no password from now on."]);
  });

program
  .command("forget")
  .description("undo remember: backups ask for the password again")
  .option("--json", "print the result as JSON")
  .action((options: CommonOptions) => {
    forgetKey(home);
    printResult(outputOf(options), { remembered: false }, ["Backups ask for the password again."]);
  });

program
  .command("recovery-kit")
  .description("make a secret that opens the backups when the password is forgotten; shown once")
  .option("--password-file <file>", "file that holds the encryption password")
  .option("--json", "print the result as JSON")
  .action(async (options: CommonOptions) => {
    const recoverySecret = await addRecoverySecret(ownKeyring(options));
    const advice =
      "Print it and keep it away from this machine: it opens every restore point. An older one no longer does.";
    printResult(outputOf(options), { recoverySecret }, [recoverySecret, "", advice]);
  });

program
  .command("status")
  .description("enrolment, space, last run, unfinished upload")
  .option("--json", "print the result as JSON")
  .action(async (options: CommonOptions) => {
    const { value, lines } = await readStatus(home);
    printResult(outputOf(options), value, lines);
  });

await run();

/** Options of the commands that read a point. */
function reading(command: Command): Command {
  return command
    .option("--vault <url>", "address of the vault (with --token, on a machine that is not enrolled)")
    .option("--token <token>", "restore token from the console")
    .option("--password-file <file>", "file that holds the encryption password")
    .option("--recovery-file <file>", "file that holds the recovery secret, in the password's place")
    .option("--json", "print the result as JSON");
}

/** The keyring of the machine's own chain. */
function ownKeyring(options: KeyOptions) {
  const { vaultUrl, deviceToken, chainId } = home.enrolment();
  return { vault: connectVault({ vaultUrl, token: deviceToken }), chainId, ...unlockingOf(options) };
}

function unlockingOf(options: KeyOptions) {
  return {
    password: (isNew: boolean) => readPassword(passwordOf(options), isNew),
    recoverySecret: options.recoveryFile === undefined ? undefined : readSecretFile(options.recoveryFile),
  };
}

function vaultOf(options: VaultOptions) {
  if (options.vault !== undefined) {
    const token = options.token ?? process.env["CASAFORTE_RESTORE_TOKEN"];
    if (token === undefined) throw new Failure("invalid", "agent.usage", "--vault needs --token, the restore token");
    return connectVault({ vaultUrl: options.vault, token });
  }
  if (options.token !== undefined) throw new Failure("invalid", "agent.usage", "--token needs --vault");
  const { vaultUrl, deviceToken } = home.enrolment();
  return connectVault({ vaultUrl, token: deviceToken });
}

async function withPoint<T>(wanted: string, options: VaultOptions, work: (context: ReadContext) => Promise<T>) {
  const output = outputOf(options);
  const vault = vaultOf(options);
  const point = await findPoint(vault, wanted);
  const storageKey = await unlockChain({ vault, chainId: point.chainId, ...unlockingOf(options) });
  const progress = new ProgressLine(output);
  const context = { vault, storageKey, point, notes: new Notes(), onProgress: progress.show, signal: interrupt.signal };
  try {
    return { output, done: await work(context) };
  } finally {
    progress.clear();
    storageKey.destroy();
  }
}

function exitHelp(): string {
  return `
Exit codes: 0 done; 1 failed; 2 wrong use; 3 done in part (some files unreadable or damaged); 4 wrong password;
5 not enrolled; 6 vault unreachable; 7 space full; 8 another run is at work; 130 interrupted.

CASAFORTE_RESTORE_TOKEN may hold what --token of restore, verify and points does.
The password comes from --password-file, from CASAFORTE_PASSWORD or from the terminal. It cannot be recovered without a recovery kit.
State lies in CASAFORTE_AGENT_HOME (root: /var/lib/casaforte-agent, else ~/.casaforte-agent).`;
}

async function run(): Promise<void> {
  const stop = () => interrupt.abort(new Failure("cancelled", "agent.interrupted", "interrupted"));
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  try {
    await program.parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
      return;
    }
    process.exitCode = exitCodeOf(error);
    report(error);
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  }
}

/** Expected trouble in one sentence; a bug with its stack. As JSON on stdout when that was asked for. */
function report(error: unknown): void {
  const known = error instanceof Failure ? error : null;
  if (process.argv.includes("--json")) {
    const value = { code: known?.code ?? "internal", message: String(known?.message ?? error), ...known?.details };
    process.stdout.write(`${JSON.stringify({ result: "failed", error: value }, null, 2)}\n`);
    return;
  }
  const figures =
    known === null
      ? ""
      : Object.entries(known.details)
          .map(([name, value]) => `, ${name} ${value}`)
          .join("");
  const text =
    known === null
      ? error instanceof Error
        ? error.stack
        : String(error)
      : `${known.message}${figures} (${known.code})`;
  process.stderr.write(`casaforte-agent: ${text}\n`);
}
