import type { EntryAttributes } from "@casaforte/arena";

/** Attributes of an entry that no file system has: of whoever runs the agent, at this time. */
export function attributesOfMade(name: Uint8Array, mode: number, timeNs: bigint): EntryAttributes {
  return {
    name,
    mode,
    userId: process.getuid?.() ?? 0,
    groupId: process.getgid?.() ?? 0,
    userName: "",
    groupName: "",
    modifiedNs: timeNs,
    changedNs: timeNs,
    accessedNs: timeNs,
    xattrs: [],
  };
}
