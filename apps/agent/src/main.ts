import { Failure } from "@casaforte/kernel";
import { Command, CommanderError } from "commander";
import { addBackupCommand } from "./cli/backup-command.ts";
import { Cli } from "./cli/cli.ts";
import { addCompareCommands } from "./cli/compare-commands.ts";
import { addDaemonCommands } from "./cli/daemon-commands.ts";
import { addExportCommand } from "./cli/export-command.ts";
import { addKeyCommands } from "./cli/key-commands.ts";
import { addMachineCommands } from "./cli/machine-commands.ts";
import { addMountCommand } from "./cli/mount-command.ts";
import { addRestoreCommands } from "./cli/restore-commands.ts";
import { addServiceCommand } from "./cli/service-command.ts";
import { addUpdateCommands } from "./cli/update-commands.ts";
import { agentVersion } from "./commands/context.ts";
import { exitCodeOf, exitCodes, finalExitCodes } from "./exit-codes.ts";
import { takeLauncherVariables } from "./thread.ts";
import { isOnTrial } from "./update/installed.ts";

function commandLine(cli: Cli): Command {
  const program = new Command("casaforte-agent")
    .description("Backs up this machine, sealed on this machine, to a Casaforte vault.")
    .version(agentVersion)
    .exitOverride()
    .addHelpText("after", exitHelp());
  addMachineCommands(program, cli);
  addBackupCommand(program, cli);
  addRestoreCommands(program, cli);
  addCompareCommands(program, cli);
  addExportCommand(program, cli);
  addMountCommand(program, cli);
  addDaemonCommands(program, cli);
  addKeyCommands(program, cli);
  addServiceCommand(program, cli);
  addUpdateCommands(program, cli);
  return program;
}

function exitHelp(): string {
  return `
Exit codes: 0 done; 1 failed; 2 wrong use; 3 done in part (some files unreadable or damaged); 4 wrong password;
5 not enrolled, or revoked; 6 vault unreachable; 7 space full; 8 another run is at work; 9 disk full at the restore;
10 updated, start it again; 130 interrupted.

CASAFORTE_RESTORE_TOKEN may hold what --token of the reading commands does.
The password comes from --password-file, from CASAFORTE_PASSWORD or from the terminal. It cannot be recovered without a recovery secret.
State lies in CASAFORTE_AGENT_HOME (root: /var/lib/casaforte-agent, else ~/.casaforte-agent).`;
}

/** The program on the main thread, to its exit code; throws nothing. */
export async function runMain(): Promise<void> {
  takeLauncherVariables();
  const cli = new Cli();
  const stop = () => cli.interrupt.abort(new Failure("cancelled", "agent.interrupted", "interrupted"));
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  try {
    await commandLine(cli).parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
      return;
    }
    process.exitCode = exitCodeOf(error);
    report(error);
  } finally {
    giveWay();
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  }
}

/** A new version that takes for wrong what the one before did well with is started again, until the launcher goes back. */
function giveWay(): void {
  const isFinal = process.argv[2] === "run" && finalExitCodes.includes(Number(process.exitCode));
  if (isFinal && isOnTrial(process.argv[1], agentVersion)) process.exitCode = exitCodes.failed;
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
