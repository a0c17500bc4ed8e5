import { hostname } from "node:os";
import { Failure } from "@casaforte/kernel";
import type { Command } from "commander";
import { enrol } from "../commands/enrol.ts";
import { readStatus } from "../commands/status.ts";
import { printResult } from "../output.ts";
import type { Cli, CommonOptions } from "./cli.ts";

interface EnrolOptions extends CommonOptions {
  readonly vault: string;
  readonly token?: string;
  readonly name: string;
  readonly force?: boolean;
}

/** enroll, status. */
export function addMachineCommands(program: Command, cli: Cli): void {
  program
    .command("enroll")
    .alias("enrol")
    .description("join this machine to a space with a token from the console")
    .requiredOption("--vault <url>", "address of the vault")
    .option("--token <token>", "enrolment token (single use); else CASAFORTE_ENROLMENT_TOKEN holds it")
    .option("--name <name>", "name of this machine in the console", hostname())
    .option("--force", "replace an enrolment that is there")
    .option("--json", "print the result as JSON")
    .action(async (options: EnrolOptions) => {
      const { vault: vaultUrl, name, force = false } = options;
      const token = options.token ?? process.env["CASAFORTE_ENROLMENT_TOKEN"];
      if (!token) throw new Failure("invalid", "agent.usage", "enroll needs --token, from the console");
      const done = await enrol(cli.home, { vaultUrl, token, name, force });
      printResult(cli.outputOf(options), done, [`Enrolled as ${done.name} in the space ${done.spaceName}.`]);
    });
  program
    .command("status")
    .description("enrolment, space, last run, unfinished upload")
    .option("--json", "print the result as JSON")
    .action(async (options: CommonOptions) => {
      const { value, lines } = await readStatus(cli.home);
      printResult(cli.outputOf(options), value, lines);
    });
}
