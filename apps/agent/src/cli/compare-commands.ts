import { Failure } from "@casaforte/kernel";
import type { Command } from "commander";
import { findPoint, listPoints } from "../chain/find-point.ts";
import { type Difference, diffPoints, type PointChange } from "../commands/diff-points.ts";
import { listVersions, type Version } from "../commands/list-versions.ts";
import { exitCodes } from "../exit-codes.ts";
import { printNotes, shownBytes } from "../output.ts";
import { type Cli, reading, type VaultOptions } from "./cli.ts";
import { ListPrinter } from "./list-printer.ts";

/** versions, diff: what several points have of the same. */
export function addCompareCommands(program: Command, cli: Cli): void {
  reading(program.command("versions"))
    .description("list the versions of a file or directory over all restore points, newest first")
    .argument("<path>", "absolute, as it was on the machine")
    .addHelpText("after", "\nRestore one with: casaforte-agent restore POINT --path PATH --to DIRECTORY")
    .action(async (path: string, options: VaultOptions) => {
      if (!/^\/+[^/]/.test(path))
        throw new Failure("invalid", "agent.usage", `${path}: paths begin with / and name something below it`);
      const printer = new ListPrinter(cli.outputOf(options));
      const { output, done } = await cli.withPoints(options, async ({ vault, notes, open }) => {
        const points = await listPoints(vault);
        return listVersions({ points, open, path, notes }, (version) => printer.line(version, versionLine(version)));
      });
      printer.end(done);
      printNotes(output, done.notes, done.lost);
      process.exitCode = done.result === "ok" ? exitCodes.ok : exitCodes.partial;
    });

  reading(program.command("diff"))
    .description("show what changed between two restore points")
    .argument("<from>", "id of a restore point, the earlier one")
    .argument("[to]", "id of a restore point", "latest")
    .option("--attributes", "also what changed in its mode, owner, time or extended attributes alone")
    .addHelpText("after", "\n+ added, - removed, M content, T type, A attributes")
    .action(async (from: string, to: string, options: VaultOptions & { attributes?: boolean }) => {
      const printer = new ListPrinter(cli.outputOf(options));
      const { output, done } = await cli.withPoints(options, async ({ vault, open }) => {
        const both = {
          from: await open(await findPoint(vault, from)),
          to: await open(await findPoint(vault, to)),
          attributes: options.attributes === true,
        };
        return diffPoints(both, (change) => printer.line(change, changeLine(change)));
      });
      printer.end(done);
      printNotes(output, done.notes, done.lost);
      const { added, removed, content, type, attributes } = done.counts;
      if (!output.json)
        output.stdout.write(
          `${added} added, ${removed} removed, ${content + type} changed${options.attributes === true ? `, ${attributes} in attributes alone` : ""}.\n`,
        );
      process.exitCode = done.result === "ok" ? exitCodes.ok : exitCodes.partial;
    });
}

function versionLine({ pointId, at, sinceAt, points, entry }: Version): string {
  const span = points === 1 ? "" : `  in ${points} points since ${sinceAt}`;
  if (entry === null) return `${pointId}  ${at}  ${"not there".padEnd(41)}${span}`.trimEnd();
  const size = entry.type === "file" ? shownBytes(entry.size) : entry.type;
  return `${pointId}  ${at}  ${size.padStart(11)}, of ${entry.modified.slice(0, 19).replace("T", " ")}      ${span}`.trimEnd();
}

const marks: Readonly<Record<Difference, string>> = {
  added: "+",
  removed: "-",
  content: "M",
  type: "T",
  attributes: "A",
};

function changeLine({ difference, path, type, sizeBefore, size }: PointChange): string {
  const grown = sizeBefore !== null && size !== null && sizeBefore !== size;
  const sizes = grown ? `  ${shownBytes(sizeBefore)} -> ${shownBytes(size)}` : "";
  return `${marks[difference]} ${path}${type === "directory" ? "/" : ""}${sizes}`;
}
