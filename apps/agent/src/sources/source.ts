/** One thing a backup saves. Several make one restore point. */
export type Source =
  /** A directory or file with all that is in it; a block device is read as a whole. */
  | { readonly kind: "path"; readonly path: string }
  /** What a program prints becomes a file of the point under `commandsDirectory`. Run without a shell. */
  | { readonly kind: "command"; readonly name: string; readonly argv: readonly string[] };

/** Whether volumes are read from a snapshot: never, where there can be one, or not at all without one. */
export const snapshotChoices = ["never", "auto", "require"] as const;
export type SnapshotChoice = (typeof snapshotChoices)[number];

/** Directory of the point that holds the outputs of commands; no path of a disk begins like this by accident. */
export const commandsDirectory = "@commands";

/** Marks a file of the point that was a whole block device; the value is its path. */
export const deviceMark = "user.casaforte.device";

/** Why a name cannot be given to a command's output; null when it can. */
export function commandNameFault(name: string): string | null {
  if (name === "" || Buffer.byteLength(name) > 255) return "a command's name has 1 to 255 bytes";
  if (/[/\x00-\x1f\x7f]/.test(name) || name === "." || name === "..") return "a command's name is a file's name";
  return null;
}
