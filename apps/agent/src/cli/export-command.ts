import { type Command, Option } from "commander";
import { type ExportFormat, exportFormats, exportPoint } from "../commands/export.ts";
import { exitCodes } from "../exit-codes.ts";
import { printNotes, printResult, shownBytes } from "../output.ts";
import { type Cli, reading, type VaultOptions } from "./cli.ts";
import { type SelectOptions, selecting, selectionOf } from "./selecting.ts";

interface ExportOptions extends VaultOptions, SelectOptions {
  readonly format: ExportFormat;
  readonly output: string;
  readonly asDisk?: boolean;
}

export function addExportCommand(program: Command, cli: Cli): void {
  selecting(reading(program.command("export")))
    .description("write a restore point in a format that other programs read")
    .argument("<point>", "id of a restore point, or latest")
    .addOption(new Option("--format <format>", "of the output").choices(exportFormats).makeOptionMandatory())
    .requiredOption("-o, --output <file>", "file or block device to write; - for standard output")
    .option("--as-disk", "with vbk: the file of --path is a disk, and is the image itself")
    .addHelpText("after", exportHelp)
    .action(async (wanted: string, options: ExportOptions) => {
      const toStdout = options.output === "-";
      const { done } = await cli.withPoint(wanted, options, (context) =>
        exportPoint(context, {
          ...selectionOf(options),
          format: options.format,
          output: options.output,
          stdout: process.stdout,
          asDisk: options.asDisk === true,
        }),
      );
      // The data has standard output for itself.
      const output = cli.outputOf(options);
      const shown = toStdout ? { ...output, stdout: process.stderr } : output;
      printNotes(shown, done.notes, done.lost);
      const what = `${done.entries} entries, ${shownBytes(done.bytes)}`;
      printResult(shown, done, [`Exported ${what}, as ${done.format}${toStdout ? "" : ` to ${options.output}`}.`]);
      process.exitCode = done.result === "ok" ? exitCodes.ok : exitCodes.partial;
    });
}

const exportHelp = `
tar  a pax tar with owners, modes, times, links, holes, extended attributes and ACLs:
     tar --xattrs --acls -xpf FILE
zip  files, directories and symbolic links, zip64 where needed; no owners and attributes
raw  one file of the point as its bytes: a disk image, onto a device too (--path /dev/sdb -o /dev/sdc)
vbk  a self-contained, unencrypted VBK whose image is such a tar, or with --as-disk the disk itself

A file that bears the name of the output is replaced when the new one is whole. Whatever else bears it is refused, links too:
a pipe or a tape gets standard output (-o - > /dev/st0).

What leaves the program here is no longer encrypted. Exit code 3: damaged files are left out, or have zeros in the
damaged place when they are larger than 32 MiB; each is named.`;
