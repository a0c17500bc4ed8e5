import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { program, type Step } from "./steps.ts";

/** Programs of the distribution that the tests drive, and the Debian packages that hold them. */
const needed = {
  // Chromium without its windows: the same engine for two thirds of the work.
  "chromium-headless-shell": "chromium-headless-shell",
  mutt: "mutt",
  mbsync: "isync",
  offlineimap: "offlineimap3",
  getmail: "getmail6",
  fetchmail: "fetchmail",
  swaks: "swaks",
  cadaver: "cadaver",
  curl: "curl",
  rsync: "rsync",
  setfattr: "attr",
  setfacl: "acl",
  "mkfs.btrfs": "btrfs-progs",
  pebble: "pebble",
  unbound: "unbound",
  "ldns-signzone": "ldnsutils",
} as const;
/** What a program needs to be of use, although its own package only recommends it: swaks speaks TLS by this module. */
const perlModules = { "Net::SSLeay": "libnet-ssleay-perl" } as const;

const found = (name: string) =>
  // Debian keeps servers where only root looks for programs.
  [...(process.env["PATH"] ?? "").split(":"), "/usr/sbin"].some((folder) => existsSync(`${folder}/${name}`));

const perlFinds = (module: string) => spawnSync("perl", [`-M${module}`, "-e1"], { stdio: "ignore" }).status === 0;

export const distributionStep: Step = {
  name: "programs of the distribution",
  async run() {
    const missing = [
      ...Object.entries(needed).filter(([name]) => !found(name)),
      ...Object.entries(perlModules).filter(([name]) => !perlFinds(name)),
    ].map(([, packageName]) => packageName);
    if (missing.length === 0) return;
    if (!existsSync("/usr/bin/apt-get")) throw new Error(`install these programs and run again: ${missing.join(", ")}`);
    const become = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
    const apt = (args: readonly string[]) => {
      const [command, ...rest] = [...become, "apt-get", ...args];
      return program(command ?? "apt-get", rest, { quiet: true, env: { DEBIAN_FRONTEND: "noninteractive" } });
    };
    console.log(`installing ${missing.join(", ")}`);
    await apt(["update"]);
    await apt(["install", "-y", "--no-install-recommends", ...missing]);
  },
};
