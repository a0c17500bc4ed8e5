import { existsSync } from "node:fs";
import { program } from "../tools/steps.ts";

/** The programs we are measured against, and the Debian packages that hold them. */
const needed = {
  "/usr/bin/restic": ["restic"],
  "/usr/bin/borg": ["borgbackup"],
  "/usr/lib/dovecot/imap": ["dovecot-imapd"],
  "/usr/lib/dovecot/lmtp": ["dovecot-lmtpd"],
} as const;

/** Installs what is missing. @throws Error where there is no apt-get. */
export async function installPeers(): Promise<void> {
  const missing = Object.entries(needed).flatMap(([file, packages]) => (existsSync(file) ? [] : packages));
  if (missing.length === 0) return;
  if (!existsSync("/usr/bin/apt-get")) throw new Error(`install these programs and run again: ${missing.join(", ")}`);
  const become = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
  const apt = (args: readonly string[]) => {
    const [command, ...rest] = [...become, "apt-get", ...args];
    return program(command ?? "apt-get", rest, { quiet: true, env: { DEBIAN_FRONTEND: "noninteractive" } });
  };
  console.error(`installing ${missing.join(", ")}`);
  await apt(["update"]);
  await apt(["install", "-y", "--no-install-recommends", ...missing]);
}
