/**
 * A POSIX ACL out of its extended attribute (Linux, posix_acl_xattr.h: version 2, then tag, rights and id of each entry)
 * as the text that `getfacl -n` prints with commas. Null when the bytes are no such ACL.
 */
export function aclText(value: Buffer): string | null {
  if (value.length < 4 || value.readUInt32LE(0) !== 2 || (value.length - 4) % 8 !== 0) return null;
  const entries: string[] = [];
  for (let at = 4; at < value.length; at += 8) {
    const tag = tags[value.readUInt16LE(at)];
    if (tag === undefined) return null;
    const rights = value.readUInt16LE(at + 2);
    const id = tag.named ? String(value.readUInt32LE(at + 4)) : "";
    entries.push(`${tag.name}:${id}:${rights & 4 ? "r" : "-"}${rights & 2 ? "w" : "-"}${rights & 1 ? "x" : "-"}`);
  }
  return entries.join(",");
}

const tags: Readonly<Record<number, { readonly name: string; readonly named: boolean }>> = {
  1: { name: "user", named: false },
  2: { name: "user", named: true },
  4: { name: "group", named: false },
  8: { name: "group", named: true },
  16: { name: "mask", named: false },
  32: { name: "other", named: false },
};
