import { resolve } from "node:path";
import { Failure } from "@casaforte/kernel";
import { type Command, Option } from "commander";
import { type RunInput, runBackup } from "../commands/run-backup.ts";
import { exitCodes } from "../exit-codes.ts";
import { ProgressLine, printNotes, printResult, shownBytes } from "../output.ts";
import { readPassword } from "../password.ts";
import type { PathAlias } from "../select/pattern-list.ts";
import { commandNameFault, type SnapshotChoice, type Source, snapshotChoices } from "../sources/source.ts";
import { realPathOf } from "../tree/roots.ts";
import type { Cli, CommonOptions } from "./cli.ts";
import { linesOf, patternsOf, repeated } from "./selecting.ts";

interface BackupOptions extends CommonOptions {
  readonly full?: boolean;
  readonly exclude?: string[];
  readonly excludeFrom?: string[];
  readonly excludeCaches?: boolean;
  readonly oneFileSystem?: boolean;
  readonly snapshot: SnapshotChoice;
  readonly fromCommand?: string;
  readonly compression: "lz4" | "zstd";
}

export function addBackupCommand(program: Command, cli: Cli): void {
  program
    .command("backup")
    .description("save directories, files, block devices and the output of a command as a new restore point")
    .argument("[path...]", "what to save; with --from-command, what follows -- is the command")
    .option("--full", "a new full instead of an increment")
    .option("--exclude <pattern>", "leave out what fits, in the manner of .gitignore; may be given again", repeated)
    .option("--exclude-from <file>", "file with such patterns, one a line; may be given again", repeated)
    .option("--exclude-caches", "leave out what is in directories with a CACHEDIR.TAG")
    .option("--one-file-system", "leave out what other file systems show below the paths")
    .addOption(
      new Option("--snapshot <when>", "read from a snapshot of the volume").choices(snapshotChoices).default("never"),
    )
    .addOption(
      new Option("--compression <profile>", "lz4 is fast, zstd takes less room")
        .choices(["lz4", "zstd"])
        .default("lz4"),
    )
    .option("--from-command <name>", "save what a command prints as the file @commands/NAME")
    .option("--password-file <file>", "file that holds the encryption password")
    .option("--json", "print the result as JSON")
    .addHelpText("after", backupHelp)
    .action(async (args: string[], options: BackupOptions) => {
      const output = cli.outputOf(options);
      const progress = new ProgressLine(output);
      const done = await runBackup({
        home: cli.home,
        password: (isNew) => readPassword(cli.passwordOf(options), isNew),
        mayUseKept: options.passwordFile === undefined && process.env["CASAFORTE_PASSWORD"] === undefined,
        input: runInputOf(args, options),
        onProgress: progress.show,
        onPause: (pause) => {
          if (!output.json)
            output.stderr.write(`the vault is ${pause.reason}: next try in ${Math.ceil(pause.pauseMs / 1000)} s\n`);
        },
        signal: cli.interrupt.signal,
      }).finally(() => progress.clear());
      printNotes(output, done.notes, done.unreadable);
      const { figures } = done;
      const left = figures.excluded > 0 ? `, ${figures.excluded} left out` : "";
      printResult(output, done, [
        `Restore point ${done.pointId} (${done.kind === "vbk" ? "full" : "increment"}${done.resumed ? ", resumed" : ""}): ${figures.entries} entries${left}, ${shownBytes(figures.logicalBytes)}; read ${shownBytes(figures.readBytes)}, sent ${shownBytes(done.sentBytes)}.`,
      ]);
      process.exitCode = done.result === "ok" ? exitCodes.ok : exitCodes.partial;
    });
}

function runInputOf(args: readonly string[], options: BackupOptions): RunInput {
  const lines = [...(options.exclude ?? []), ...linesOf(options.excludeFrom ?? [])];
  const sources = sourcesOf(args, options.fromCommand);
  const rules = {
    under: "/",
    include: patternsOf([]),
    exclude: patternsOf(lines),
    excludeCaches: options.excludeCaches === true,
    oneFileSystem: options.oneFileSystem === true,
  };
  return {
    sources,
    rules: () => [{ ...rules, exclude: patternsOf(lines, aliasesOf(sources)) }],
    snapshot: options.snapshot,
    full: options.full === true,
    compression: options.compression,
  };
}

/** Patterns are written for the paths that were named; what is saved is where these lead. */
function aliasesOf(sources: readonly Source[]): readonly PathAlias[] {
  return sources
    .flatMap((source) => (source.kind === "path" ? [source.path] : []))
    .map((path) => ({ real: realPathOf(path).toString("utf8"), named: resolve(path) }))
    .filter(({ real, named }) => real !== named);
}

/** Paths, and behind `--` the command. @throws invalid `agent.usage`. */
function sourcesOf(args: readonly string[], commandName: string | undefined): readonly Source[] {
  // The parser takes the two dashes away: where they stood is read from the command line itself.
  const behind = process.argv.indexOf("--");
  const argv = behind < 0 ? [] : process.argv.slice(behind + 1);
  const paths = commandName === undefined ? args : args.slice(0, args.length - argv.length);
  const sources: Source[] = paths.map((path) => ({ kind: "path", path }));
  if (commandName !== undefined) {
    const fault = commandNameFault(commandName);
    if (fault !== null) throw usage(fault);
    if (argv.length === 0) throw usage("--from-command needs the command behind --");
    sources.push({ kind: "command", name: commandName, argv });
  }
  if (sources.length === 0) throw usage("nothing was named to save");
  return sources;
}

const usage = (message: string): Failure => new Failure("invalid", "agent.usage", message);

const backupHelp = `
A pattern without a slash fits names anywhere (*.tmp, node_modules/), one with a leading slash is a path (/var/cache/*),
any other fits at every depth (cache/*.db). Of a path behind a link (/data, which leads to /mnt/disk) both names fit. The last pattern that fits decides; ! in front takes an earlier one back.

A block device is saved as a whole, as one file of its size; unused room that is zeros costs nothing, and only what
changed is sent. Restore it with: casaforte-agent export POINT --format raw --path /dev/sdb -o /dev/sdb
The output of a command: casaforte-agent backup /etc --from-command shop.sql -- pg_dump shop
When the command fails, there is no point.`;
