import { Failure } from "@casaforte/kernel";
import type { PointReply, VaultClient } from "@casaforte/vault";
import type { StorageKey } from "@casaforte/vbk/seal";
import type { Command } from "commander";
import { findPoint } from "../chain/find-point.ts";
import { unlockChain } from "../chain/unlock.ts";
import type { ReadContext } from "../commands/context.ts";
import { Notes } from "../notes.ts";
import { type Output, ProgressLine } from "../output.ts";
import { type PasswordSource, readPassword, readSecretFile } from "../password.ts";
import { agentHome } from "../state/home.ts";
import { connectVault } from "../vault-session.ts";

export interface CommonOptions {
  readonly json?: boolean;
  readonly passwordFile?: string;
}

export interface KeyOptions extends CommonOptions {
  readonly recoveryFile?: string;
  readonly keyringVersion?: string;
}

export interface VaultOptions extends KeyOptions {
  readonly vault?: string;
  readonly token?: string;
}

/** What every command of one program run shares: its state directory, its terminal, and the wish to stop. */
export class Cli {
  readonly home = agentHome(process.env);
  readonly interrupt = new AbortController();

  outputOf(options: CommonOptions): Output {
    return { json: options.json === true, stdout: process.stdout, stderr: process.stderr };
  }

  passwordOf(options: CommonOptions): PasswordSource {
    return {
      passwordFile: options.passwordFile,
      variable: "CASAFORTE_PASSWORD",
      environment: process.env,
      input: process.stdin,
      output: process.stderr,
    };
  }

  /** The new password of a change: from its own file or variable, or asked for. */
  newPassword(options: CommonOptions & { newPasswordFile?: string }): Promise<string> {
    const source = { ...this.passwordOf(options), passwordFile: options.newPasswordFile };
    return readPassword({ ...source, variable: "CASAFORTE_NEW_PASSWORD" }, true);
  }

  /** The keyring of the machine's own chain, and how it is opened. */
  ownKeyring(options: KeyOptions) {
    const { vaultUrl, deviceToken, chainId } = this.home.enrolment();
    return { vault: connectVault({ vaultUrl, token: deviceToken }), chainId, ...this.unlockingOf(options) };
  }

  unlockingOf(options: KeyOptions) {
    return {
      password: (isNew: boolean) => readPassword(this.passwordOf(options), isNew),
      recoverySecret: options.recoveryFile === undefined ? undefined : readSecretFile(options.recoveryFile),
      keyringVersion: versionOf(options.keyringVersion),
    };
  }

  /** The vault that the options name, or the one this machine is enrolled with. @throws invalid `agent.usage`. */
  vaultOf(options: VaultOptions): VaultClient {
    if (options.vault !== undefined) {
      const token = options.token ?? process.env["CASAFORTE_RESTORE_TOKEN"];
      if (token === undefined) throw new Failure("invalid", "agent.usage", "--vault needs --token, the restore token");
      return connectVault({ vaultUrl: options.vault, token });
    }
    if (options.token !== undefined) throw new Failure("invalid", "agent.usage", "--token needs --vault");
    const { vaultUrl, deviceToken } = this.home.enrolment();
    return connectVault({ vaultUrl, token: deviceToken });
  }

  /** Finds and unlocks a point, does the work, and forgets the key. `meanwhile` is done while the password is stretched. */
  async withPoint<T>(
    wanted: string,
    options: VaultOptions,
    work: (context: ReadContext) => Promise<T>,
    meanwhile?: () => void,
  ) {
    const output = this.outputOf(options);
    const vault = this.vaultOf(options);
    const point = await findPoint(vault, wanted);
    const unlocking = this.unlockingOf(options);
    const password = async (isNew: boolean) => {
      const given = await unlocking.password(isNew);
      meanwhile?.();
      return given;
    };
    const storageKey = await unlockChain({ vault, chainId: point.chainId, ...unlocking, password });
    const progress = new ProgressLine(output);
    const { signal } = this.interrupt;
    const { home } = this;
    const context = { home, vault, storageKey, point, notes: new Notes(), onProgress: progress.show, signal };
    try {
      return { output, done: await work(context) };
    } finally {
      progress.clear();
      storageKey.destroy();
    }
  }

  /** For work on several points: each chain is unlocked once, all with one password, and the keys are forgotten. */
  async withPoints<T>(options: VaultOptions, work: (points: OpenedPoints) => Promise<T>) {
    const output = this.outputOf(options);
    const vault = this.vaultOf(options);
    const unlocking = this.unlockingOf(options);
    let given: Promise<string> | undefined;
    const password = (isNew: boolean) => (given ??= unlocking.password(isNew));
    const keys = new Map<string, Promise<StorageKey>>();
    const keyOf = (chainId: string): Promise<StorageKey> => {
      const key = keys.get(chainId) ?? unlockChain({ vault, chainId, ...unlocking, password });
      keys.set(chainId, key);
      return key;
    };
    const notes = new Notes();
    const { signal } = this.interrupt;
    const open = async (point: PointReply): Promise<ReadContext> => {
      const storageKey = await keyOf(point.chainId);
      return { home: this.home, vault, storageKey, point, notes, onProgress: () => {}, signal };
    };
    try {
      return { output, done: await work({ vault, notes, open }) };
    } finally {
      for (const key of await Promise.allSettled(keys.values())) if (key.status === "fulfilled") key.value.destroy();
    }
  }
}

/** Points of one device, opened as they are needed. */
export interface OpenedPoints {
  readonly vault: VaultClient;
  /** Of all of them together. */
  readonly notes: Notes;
  readonly open: (point: PointReply) => Promise<ReadContext>;
}

export const keyringVersionOption = [
  "--keyring-version <number>",
  "open with an earlier version of the keyring, and the password of its time (see keyrings)",
] as const;

/** @throws invalid `agent.usage`. */
function versionOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9][0-9]{0,8}$/.test(text))
    throw new Failure("invalid", "agent.usage", "--keyring-version takes the number of a version");
  return Number(text);
}

/** Options of the commands that read a point. */
export function reading(command: Command): Command {
  return command
    .option("--vault <url>", "address of the vault (with --token, on a machine that is not enrolled)")
    .option("--token <token>", "restore token from the console")
    .option("--password-file <file>", "file that holds the encryption password")
    .option("--recovery-file <file>", "file that holds the recovery secret, in the password's place")
    .option(...keyringVersionOption)
    .option("--json", "print the result as JSON");
}
