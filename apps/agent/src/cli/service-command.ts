import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { Failure } from "@casaforte/kernel";
import { type Command, Option } from "commander";
import { printResult } from "../output.ts";
import { type ServiceKind, serviceDefinition, serviceKinds } from "../service/service-definition.ts";
import { readMounts } from "../sources/mounts.ts";
import { type AgentSettings, maySnapshot, settingsFile } from "../state/home.ts";
import { installedAgent } from "../update/installed.ts";
import type { Cli, CommonOptions } from "./cli.ts";

interface ServiceOptions extends CommonOptions {
  readonly kind: ServiceKind;
  readonly print?: boolean;
}

/** install-service: writes the definition; enabling it is the administrator's own command. */
export function addServiceCommand(program: Command, cli: Cli): void {
  program
    .command("install-service")
    .description("write the definition of a service that runs the daemon")
    .addOption(new Option("--kind <kind>", "of service manager").choices(serviceKinds).default("systemd"))
    .option("--print", "show it instead of writing it")
    .option("--json", "print the result as JSON")
    .addHelpText("after", "\nlaunchd and windows were never tried: read what is printed before you use it.")
    .action((options: ServiceOptions) => {
      // A checkout's bundle comes and goes with its sources: what started it stays.
      const script = process.env["CASAFORTE_AGENT_LAUNCHER"] ?? process.argv[1] ?? "";
      const installed = installedAgent(process.argv[1]);
      const settings = cli.home.readJson<AgentSettings>(settingsFile) ?? {};
      const { path, text, next } = serviceDefinition(options.kind, {
        command: installed ? [installed.launcher, "run"] : [process.execPath, ...process.execArgv, script, "run"],
        ...(installed ? { prefix: installed.prefix } : {}),
        home: cli.home.directory,
        allowsCommands: settings.allowCommands === true,
        snapshots:
          options.kind === "systemd" && maySnapshot(settings) ? { btrfsMountPoints: btrfsMountPoints() } : null,
      });
      if (options.print === true) {
        printResult(cli.outputOf(options), { path, text, next }, [text]);
        return;
      }
      if (options.kind !== "systemd") {
        throw new Failure(
          "unsupported",
          "agent.platform",
          `only systemd's is written: use --print for ${options.kind}`,
        );
      }
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text, { mode: 0o644 });
      printResult(cli.outputOf(options), { path, next }, [`Wrote ${path}.`, ...next.map((line) => `Next: ${line}`)]);
    });
}

const btrfsMountPoints = (): readonly string[] =>
  readMounts()
    .filter(({ type }) => type === "btrfs")
    .map(({ mountPoint }) => mountPoint);
