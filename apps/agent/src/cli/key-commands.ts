import { Failure } from "@casaforte/kernel";
import type { Command } from "commander";
import { forgetKey, rememberKey } from "../chain/remembered-key.ts";
import { addRecoverySecret, changeChainPassword } from "../chain/unlock.ts";
import { printResult } from "../output.ts";
import { type Cli, type CommonOptions, type KeyOptions, keyringVersionOption, type VaultOptions } from "./cli.ts";

type NewPasswordOptions = KeyOptions & { newPasswordFile?: string };

/** password, recovery, keyrings, remember, forget. */
export function addKeyCommands(program: Command, cli: Cli): void {
  addPassword(program, cli);
  addRecovery(program, cli);
  addKeyrings(program, cli);
  program
    .command("remember")
    .description("let backups of this machine run unattended, without the password")
    .option("--password-file <file>", "file that holds the encryption password")
    .option("--json", "print the result as JSON")
    .action(async (options: CommonOptions) => {
      await rememberKey(cli.home, cli.ownKeyring(options));
      printResult(cli.outputOf(options), { remembered: true }, [
        "Backups of this machine need no password from now on.",
      ]);
    });
  program
    .command("forget")
    .description("undo remember: backups ask for the password again")
    .option("--json", "print the result as JSON")
    .action((options: CommonOptions) => {
      forgetKey(cli.home);
      printResult(cli.outputOf(options), { remembered: false }, ["Backups ask for the password again."]);
    });
}

function addPassword(program: Command, cli: Cli): void {
  const password = program.command("password").description("the encryption password of this machine's backups");
  password
    .command("change")
    .description("new password from the old one; restore points stay as they are, nothing is sent again")
    .option("--password-file <file>", "file that holds the old password")
    .option("--new-password-file <file>", "file that holds the new password")
    .option(...keyringVersionOption)
    .option("--json", "print the result as JSON")
    .addHelpText("after", newPasswordHelp)
    .action(async (options: NewPasswordOptions) => {
      await changeChainPassword(cli.ownKeyring(options), () => cli.newPassword(options));
      printResult(cli.outputOf(options), { changed: true }, ["The password was changed."]);
    });
}

function addRecovery(program: Command, cli: Cli): void {
  const recovery = program.command("recovery").description("a second secret, for the day the password is forgotten");
  recovery
    .command("create")
    .description("make a secret that opens the backups in the password's place; shown once")
    .option("--password-file <file>", "file that holds the encryption password")
    .option("--json", "print the result as JSON")
    .action(async (options: CommonOptions) => {
      const recoverySecret = await addRecoverySecret(cli.ownKeyring(options));
      const advice =
        "Print it and keep it away from this machine: it opens every restore point. An older one no longer does.";
      printResult(cli.outputOf(options), { recoverySecret }, [recoverySecret, "", advice]);
    });
  recovery
    .command("use")
    .description("set a new password with the recovery secret")
    .requiredOption("--recovery-file <file>", "file that holds the recovery secret")
    .option("--new-password-file <file>", "file that holds the new password")
    .option(...keyringVersionOption)
    .option("--json", "print the result as JSON")
    .addHelpText("after", newPasswordHelp)
    .action(async (options: NewPasswordOptions) => {
      if (options.recoveryFile === undefined) throw new Failure("invalid", "agent.usage", "no recovery secret");
      await changeChainPassword(cli.ownKeyring(options), () => cli.newPassword(options));
      printResult(cli.outputOf(options), { changed: true }, [
        "The new password is set. The recovery secret still opens.",
      ]);
    });
}

function addKeyrings(program: Command, cli: Cli): void {
  program
    .command("keyrings")
    .description("list the versions of the keyring that the vault keeps, and when each was stored")
    .option("--vault <url>", "address of the vault (with --token, on a machine that is not enrolled)")
    .option("--token <token>", "restore token from the console")
    .option("--json", "print the result as JSON")
    .addHelpText("after", keyringsHelp)
    .action(async (options: VaultOptions) => {
      const vault = cli.vaultOf(options);
      const found = [];
      for (const { chainId, label } of (await vault.device()).chains)
        for (const kept of await vault.keyringVersions(chainId)) found.push({ chainId, label, ...kept });
      const lines = found.map(
        ({ version, storedAt, label }) => `${String(version).padStart(5)}  ${storedAt}  ${label}`,
      );
      printResult(cli.outputOf(options), found, lines.length === 0 ? ["No keyring yet."] : lines);
    });
}

const keyringsHelp = `
Each change of the password, and each new recovery secret, makes a version. One that nobody here made was put there with
this device's token: revoke the device in the console, then open with the version before it.
  casaforte-agent restore latest --to /restore --keyring-version 1
  casaforte-agent password change --keyring-version 1     makes a right one the newest again`;

const newPasswordHelp = `
The new password comes from --new-password-file, from CASAFORTE_NEW_PASSWORD or from the terminal. One that could be
guessed is refused, and the reason is said.`;
