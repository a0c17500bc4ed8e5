import type { Command } from "commander";
import { agentVersion } from "../commands/context.ts";
import { printResult } from "../output.ts";
import { requireInstalled } from "../update/installed.ts";
import { selfTest } from "../update/self-test.ts";
import { type UpdateResult, update } from "../update/update.ts";
import { createVaultFetch } from "../vault-fetch.ts";
import type { Cli, CommonOptions } from "./cli.ts";

/** update, and self-test, which an update asks of the version that it is about to take. */
export function addUpdateCommands(program: Command, cli: Cli): void {
  program
    .command("update")
    .description("take the newest version that this machine's vault gives out")
    .option("--check", "only say whether there is one")
    .option("--json", "print the result as JSON")
    .action(async (options: CommonOptions & { check?: boolean }) => {
      const installed = requireInstalled(process.argv[1]);
      const { home } = cli;
      const { signal } = cli.interrupt;
      const { vaultUrl } = home.enrolment();
      const checkOnly = options.check === true;
      const source = { vaultUrl, fetch: createVaultFetch(), signal };
      const done = await update({ ...source, installed, home, checkOnly, sparesGivenUp: false });
      printResult(cli.outputOf(options), done, [inWords(done)]);
    });
  program.command("self-test", { hidden: true }).action(() => {
    selfTest();
    process.stdout.write(`${agentVersion}\n`);
  });
}

/** A result in one sentence. */
export function inWords({ result, version, offered }: UpdateResult): string {
  return {
    current: `${version} is the newest.`,
    available: `${offered} can be installed; ${version} runs.`,
    updated: `${offered} is installed and runs from the next start on; ${version} is kept.`,
    given_up: `${offered} did not stay up here: ${version} stays.`,
  }[result];
}
