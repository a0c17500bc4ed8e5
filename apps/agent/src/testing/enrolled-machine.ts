import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type MemoryVault, type MemoryVaultOptions, startMemoryVault } from "@casaforte/vault/memory";
import { enrol } from "../commands/enrol.ts";
import { systemClock, systemRandom } from "../outside.ts";
import { AgentHome } from "../state/home.ts";

/** A machine with a directory to be saved, and an agent that is enrolled at a vault of its own. */
export interface EnrolledMachine extends AsyncDisposable {
  /** A directory for whatever a test wants beside the tree. It goes away with the machine, and the vault with it. */
  readonly top: string;
  /** Empty at the beginning. */
  readonly tree: string;
  readonly home: AgentHome;
  readonly vault: MemoryVault;
}

/** `name` is the beginning of its directory's name. */
export async function startMachine(
  name: string,
  vaultOptions: Pick<MemoryVaultOptions, "fate"> = {},
): Promise<EnrolledMachine> {
  const top = mkdtempSync(join(tmpdir(), name));
  const vault = await startMemoryVault({ clock: systemClock, random: systemRandom, ...vaultOptions });
  const tree = join(top, "tree");
  mkdirSync(tree);
  return {
    top,
    tree,
    home: await enrolHome(vault, join(top, "home")),
    vault,
    [Symbol.asyncDispose]: async () => {
      await vault.close();
      rmSync(top, { recursive: true, force: true });
    },
  };
}

/** An agent's directory, enrolled with a space; with one of its own, where none is given. */
export async function enrolHome(
  vault: MemoryVault,
  directory: string,
  { space = vault.addSpace(), force = false } = {},
): Promise<AgentHome> {
  const home = new AgentHome(directory);
  await enrol(home, { vaultUrl: vault.baseUrl, token: vault.enrolmentToken(space), name: "Bench", force });
  return home;
}
