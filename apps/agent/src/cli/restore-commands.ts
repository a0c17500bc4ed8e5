import { Failure } from "@casaforte/kernel";
import { type Command, Option } from "commander";
import { noteDamage } from "../chain/damage.ts";
import { listPoints } from "../chain/find-point.ts";
import { findInPoint, listPoint } from "../commands/list-point.ts";
import type { RepairResult } from "../commands/repair-point.ts";
import { previewRestore, type RestoreInput, restore } from "../commands/restore.ts";
import { type Sample, type VerifyPointResult, verify } from "../commands/verify.ts";
import { verifyAndRepair } from "../commands/verify-and-repair.ts";
import { warmUnsealing } from "../download/unseal-pool.ts";
import { exitCodes } from "../exit-codes.ts";
import { type Output, printNotes, printResult, shownBytes } from "../output.ts";
import { systemRandom } from "../outside.ts";
import { type ConflictChoice, conflictChoices } from "../restore/conflict.ts";
import type { Destination } from "../restore/target.ts";
import { type Cli, reading, type VaultOptions } from "./cli.ts";
import { ListPrinter } from "./list-printer.ts";
import { patternsOf, type SelectOptions, selecting, selectionOf } from "./selecting.ts";

interface RestoreOptions extends VaultOptions, SelectOptions {
  readonly to?: string;
  readonly inPlace?: boolean;
  readonly onConflict?: ConflictChoice;
  readonly dryRun?: boolean;
  readonly check?: boolean;
}

/** points, ls, find, restore, verify. */
export function addRestoreCommands(program: Command, cli: Cli): void {
  addPoints(program, cli);
  addRestore(program, cli);
  addLists(program, cli);
  addVerify(program, cli);
}

function addPoints(program: Command, cli: Cli): void {
  program
    .command("points")
    .description("list the restore points of this machine")
    .option("--vault <url>", "address of the vault (with --token, on a machine that is not enrolled)")
    .option("--token <token>", "restore token from the console")
    .option("--json", "print the result as JSON")
    .action(async (options: VaultOptions) => {
      const points = await listPoints(cli.vaultOf(options));
      const lines = points.map(
        (point) =>
          `${point.pointId}  ${point.at}  ${point.kind === "vbk" ? "full     " : "increment"}  ${shownBytes(point.size)}${point.state === "damaged" ? "  DAMAGED" : ""}`,
      );
      printResult(cli.outputOf(options), points, lines.length === 0 ? ["No restore points."] : lines);
    });
}

function addRestore(program: Command, cli: Cli): void {
  selecting(reading(program.command("restore")))
    .description("restore a point, or a part of it")
    .argument("<point>", "id of a restore point, or latest")
    .option("--to <directory>", "into this directory, under the paths the files had")
    .option("--in-place", "to where the files were; needs --on-conflict")
    .addOption(
      new Option("--on-conflict <choice>", "when a name is taken: which one stays, or both").choices(conflictChoices),
    )
    .option("--dry-run", "say what would be created, overwritten and kept, and write nothing")
    .option("--check", "read back and compare every file before it gets its name")
    .addHelpText("after", restoreHelp)
    .action(async (wanted: string, options: RestoreOptions) => {
      const input: RestoreInput = {
        destination: destinationOf(options),
        ...selectionOf(options),
        onConflict: options.onConflict,
        check: options.check === true,
        home: cli.home,
      };
      if (options.dryRun === true) return printPreview(wanted, options, input);
      // A whole point is work for threads, whatever is in it.
      const warm = () => (input.isLimited ? undefined : warmUnsealing());
      const { output, done } = await cli.withPoint(wanted, options, (context) => restore(context, input), warm);
      printNotes(output, done.notes, done.lost);
      const place = options.to ?? "where the files were";
      const also = [
        [done.overwritten, "overwritten"],
        [done.renamed, "under another name"],
        [done.same, "already there"],
        [done.kept, "kept as they were"],
      ] as const;
      const more = also.filter(([count]) => count > 0).map(([count, what]) => `, ${count} ${what}`);
      const went = done.resumed ? " (went on with an interrupted restore)" : "";
      printResult(output, done, [
        `Restored ${done.entries} entries, ${shownBytes(done.bytes)}, to ${place}${more.join("")}${went}.`,
      ]);
      process.exitCode = done.result === "ok" ? exitCodes.ok : exitCodes.partial;
    });

  async function printPreview(wanted: string, options: RestoreOptions, input: RestoreInput): Promise<void> {
    const printer = new ListPrinter(cli.outputOf(options));
    const { output, done } = await cli.withPoint(wanted, options, (context) =>
      previewRestore(context, input, ({ decision, path, bytes }) =>
        printer.line({ decision, path, bytes }, `${decision.padEnd(9)}  ${path}`),
      ),
    );
    printer.end(done);
    printNotes(output, done.notes, done.lost);
    if (!output.json) {
      output.stdout.write(
        `Would create ${done.create}, overwrite ${done.overwrite}, keep ${done.keep}, restore ${done.rename} under another name, leave ${done.same} that are the same; ${shownBytes(done.bytesToWrite)} to write.\n`,
      );
    }
    process.exitCode = done.result === "ok" ? exitCodes.ok : exitCodes.partial;
  }
}

function destinationOf(options: RestoreOptions): Destination {
  if ((options.to === undefined) === (options.inPlace !== true)) {
    throw new Failure("invalid", "agent.usage", "say either --to <directory> or --in-place");
  }
  return options.to === undefined ? { kind: "in_place" } : { kind: "directory", path: options.to };
}

function addLists(program: Command, cli: Cli): void {
  reading(program.command("ls"))
    .description("list a directory of a restore point")
    .argument("<point>", "id of a restore point, or latest")
    .argument("[path]", "absolute, as it was on the machine", "/")
    .option("-l, --long", "with mode, owner, size and time")
    .option("-R, --recursive", "and all that is under it")
    .action(async (wanted: string, path: string, options: VaultOptions & { long?: boolean; recursive?: boolean }) => {
      const printer = new ListPrinter(cli.outputOf(options));
      const { output, done } = await cli.withPoint(wanted, options, (context) =>
        listPoint(context, { path, recursive: options.recursive === true }, (found) =>
          printer.entry(found, options.long === true),
        ),
      );
      endList(printer, output, done);
    });
  reading(program.command("find"))
    .description("find names in a restore point")
    .argument("<point>", "id of a restore point, or latest")
    .argument("<pattern...>", "such as *.docx, or /srv/**/invoice-2026-*")
    .option("-l, --long", "with mode, owner, size and time")
    .action(async (wanted: string, patterns: string[], options: VaultOptions & { long?: boolean }) => {
      const printer = new ListPrinter(cli.outputOf(options));
      const { output, done } = await cli.withPoint(wanted, options, (context) =>
        findInPoint(context, patternsOf(patterns), (found) => printer.entry(found, options.long === true)),
      );
      endList(printer, output, done);
    });
}

function endList(printer: ListPrinter, output: Output, done: Awaited<ReturnType<typeof listPoint>>): void {
  printer.end(done);
  printNotes(output, done.notes, done.lost);
  process.exitCode = done.result === "ok" ? exitCodes.ok : exitCodes.partial;
}

function addVerify(program: Command, cli: Cli): void {
  reading(program.command("verify"))
    .description("read a whole restore point, or a sample, and check every byte, without writing")
    .argument("[point]", "id of a restore point", "latest")
    .option("--sample <megabytes>", "only about so many, chosen at random anew each time")
    .option("--repair", "send damaged blocks again where this machine still has what was in them")
    .action(async (wanted: string, options: VerifyOptions) => {
      const sample = sampleOf(options.sample);
      if (options.repair === true && (sample !== undefined || options.vault !== undefined))
        throw new Failure("invalid", "agent.usage", "--repair is for the machine's own points, as a whole");
      const { output, done } = await cli.withPoint<Verified>(wanted, options, (context) =>
        options.repair === true ? verifyAndRepair(cli.home, context) : verify(context, sample),
      );
      printNotes(output, done.notes, done.lost);
      const verdict = done.result === "ok" ? "is whole" : "IS DAMAGED";
      // What this machine still has is sent again: the next point is whole, whatever becomes of this one.
      const isOwn = options.vault === undefined && done.lost > 0;
      const heals = isOwn && (await noteDamage(cli.home, cli.vaultOf(options), done));
      printResult(output, { ...done, nextIsFull: heals }, [
        `${sample === undefined ? "Point" : "A sample of point"} ${done.pointId} ${verdict}: ${done.files} files, ${shownBytes(done.bytes)}, ${done.blocks} blocks.`,
        ...(done.repair === undefined ? [] : [repairLine(done.repair)]),
        ...(heals ? ["The next backup makes a new full: from it on the chain is whole again."] : []),
      ]);
      process.exitCode = done.result === "ok" ? exitCodes.ok : exitCodes.partial;
    });
}

interface VerifyOptions extends VaultOptions {
  readonly sample?: string;
  readonly repair?: boolean;
}

type Verified = VerifyPointResult & { readonly repair?: RepairResult };

function repairLine({ damagedBlocks, mendedBlocks, trouble }: RepairResult): string {
  if (damagedBlocks === 0 && trouble === null) return "Nothing was damaged.";
  const rest = "The rest cannot be: this machine does not have their content any more, or the vault kept what it has.";
  const mended = `${mendedBlocks} of ${damagedBlocks} damaged blocks were sent again and are whole.`;
  if (trouble !== null) return `${mended} The repair stopped early (${trouble}): run the command again later.`;
  return mendedBlocks === damagedBlocks ? mended : `${mended} ${rest}`;
}

/** @throws invalid `agent.usage`. */
function sampleOf(megabytes: string | undefined): Sample | undefined {
  if (megabytes === undefined) return undefined;
  if (!/^[1-9][0-9]{0,8}$/.test(megabytes))
    throw new Failure("invalid", "agent.usage", "--sample takes a whole number of megabytes");
  return { bytes: Number(megabytes) * 1_000_000, random: systemRandom };
}

const restoreHelp = `
Choices of --on-conflict: keep (what is there stays), overwrite, rename (the restored file becomes NAME.restored), newer
(the later of the two stays). Without it the directory of --to must be empty. Directories are joined, and never removed
for anything else; links in the target are never followed; a file that is already as the point has it is not fetched again.
What stands in place of a directory that only leads to what was asked for, a link too, stays whatever the choice: what lies
behind it is named as not written.

A restore that was interrupted goes on when the same command is run again, with the choice that it had. For another part
of the point (--path, --include, --exclude) a choice has to be made anew. Exit code 3: some files are lost to damage or
could not be written; each is named, and all others are restored.

On a machine that never saw the device, three things are enough: the vault's address, a restore token that any signed-in
customer makes in the console, and the password.
  casaforte-agent restore latest --vault https://vault.example.net --token TOKEN --to /restore`;
