import { statfsSync } from "node:fs";
import type { RawPath } from "../posix.ts";

/** File systems the kernel makes up: reading them is pointless or dangerous (statfs(2), linux/magic.h). */
const pseudo = new Map<number, string>([
  [0x9fa0, "proc"],
  [0x6265_6572, "sysfs"],
  [0x27_e0eb, "cgroup"],
  [0x6367_7270, "cgroup2"],
  [0x6462_6720, "debugfs"],
  [0x7472_6163, "tracefs"],
  [0x7363_6673, "securityfs"],
  [0xcafe_4a11, "bpf"],
  [0x6165_676c, "pstore"],
  [0x1cd1, "devpts"],
  [0x1980_0202, "mqueue"],
  [0x9584_58f6, "hugetlbfs"],
  [0x6265_6570, "configfs"],
  [0x6573_5543, "fusectl"],
  [0x4249_4e4d, "binfmt_misc"],
  [0x0187, "autofs"],
  [0xf97c_ff8c, "selinuxfs"],
  [0xde5e_81e4, "efivarfs"],
  [0x6e73_6673, "nsfs"],
  [0x6759_6969, "rpc_pipefs"],
]);

/** Whether mountinfo's name of a file system is one of these. */
export const isPseudoType = (type: string): boolean => [...pseudo.values()].includes(type);

/** Name of the kernel-made file system that is mounted here, or null for a real one. */
export function pseudoFileSystem(path: RawPath): string | null {
  try {
    return pseudo.get(statfsSync(path).type >>> 0) ?? null;
  } catch {
    return null;
  }
}
