import { Failure } from "@casaforte/kernel";
import type { Command } from "commander";
import { mountPoint } from "../commands/mount.ts";
import { exitCodes } from "../exit-codes.ts";
import { printNotes } from "../output.ts";
import { type Cli, reading, type VaultOptions } from "./cli.ts";

interface MountOptions extends VaultOptions {
  readonly port: string;
}

export function addMountCommand(program: Command, cli: Cli): void {
  reading(program.command("mount"))
    .description("give a restore point out on this machine as a read-only network drive (WebDAV), until Ctrl-C")
    .argument("<point>", "id of a restore point, or latest")
    .option("--port <number>", "on 127.0.0.1; 0 takes a free one", "0")
    .addHelpText("after", mountHelp)
    .action(async (wanted: string, options: MountOptions) => {
      if (!/^\d{1,5}$/.test(options.port) || Number(options.port) > 65_535)
        throw new Failure("invalid", "agent.usage", "--port takes a number from 0 to 65535");
      const output = cli.outputOf(options);
      const { done } = await cli.withPoint(wanted, options, async (context) => {
        const { pointId, at } = context.point;
        await mountPoint(context, {
          port: Number(options.port),
          onReady: (url) =>
            output.stdout.write(
              output.json
                ? `${JSON.stringify({ url, pointId, at })}\n`
                : `Restore point ${pointId} of ${at}, read-only, until Ctrl-C:\n${url}\nWho knows this address can read everything in it, on this machine.\n`,
            ),
        });
        return context.notes;
      });
      printNotes(output, done.kept, done.lost);
      process.exitCode = done.lost === 0 ? exitCodes.ok : exitCodes.partial;
    });
}

const mountHelp = `
Open the address in a browser, or as a drive:
  Linux    gio mount dav://127.0.0.1:PORT/SECRET/, or cadaver ADDRESS
  macOS    Finder, Go, Connect to Server
  Windows  net use X: ADDRESS
Symbolic links to files of the point are those files; links to directories, links to elsewhere, devices, fifos, owners
and modes are not shown: restore and export keep them. Exit code 3: something that was read is damaged; each is named.`;
