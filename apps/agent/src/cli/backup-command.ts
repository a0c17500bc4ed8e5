import type { Command } from "commander";
import { runBackup } from "../commands/run-backup.ts";
import { exitCodes } from "../exit-codes.ts";
import { ProgressLine, printNotes, printResult, shownBytes } from "../output.ts";
import { readPassword } from "../password.ts";
import type { Cli, CommonOptions } from "./cli.ts";

export function addBackupCommand(program: Command, cli: Cli): void {
  program
    .command("backup")
    .description("save directories and files as a new restore point")
    .argument("<path...>", "what to save")
    .option("--full", "a new full instead of an increment")
    .option("--password-file <file>", "file that holds the encryption password")
    .option("--json", "print the result as JSON")
    .action(async (paths: string[], options: CommonOptions & { full?: boolean }) => {
      const output = cli.outputOf(options);
      const progress = new ProgressLine(output);
      const done = await runBackup({
        home: cli.home,
        password: (isNew) => readPassword(cli.passwordOf(options), isNew),
        mayUseKept: options.passwordFile === undefined && process.env["CASAFORTE_PASSWORD"] === undefined,
        input: { paths, full: options.full === true },
        onProgress: progress.show,
        onPause: (pause) => {
          if (!output.json)
            output.stderr.write(`the vault is ${pause.reason}: next try in ${Math.ceil(pause.pauseMs / 1000)} s\n`);
        },
        signal: cli.interrupt.signal,
      }).finally(() => progress.clear());
      printNotes(output, done.notes, done.unreadable);
      const { figures } = done;
      printResult(output, done, [
        `Restore point ${done.pointId} (${done.kind === "vbk" ? "full" : "increment"}${done.resumed ? ", resumed" : ""}): ${figures.entries} entries, ${shownBytes(figures.logicalBytes)}; read ${shownBytes(figures.readBytes)}, sent ${shownBytes(done.sentBytes)}.`,
      ]);
      process.exitCode = done.result === "ok" ? exitCodes.ok : exitCodes.partial;
    });
}
