import { readFileSync } from "node:fs";

/** Names of user and group ids, read once from the machine's own tables; empty for an unknown id. */
export class Owners {
  readonly #users: ReadonlyMap<number, string>;
  readonly #groups: ReadonlyMap<number, string>;

  constructor(passwd = "/etc/passwd", group = "/etc/group") {
    this.#users = readTable(passwd);
    this.#groups = readTable(group);
  }

  userName(id: number): string {
    return this.#users.get(id) ?? "";
  }

  groupName(id: number): string {
    return this.#groups.get(id) ?? "";
  }
}

/** passwd(5) and group(5): the name is field 1, the id field 3. The first line of an id wins, as in the C library. */
function readTable(path: string): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  let text = "";
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return names;
  }
  for (const line of text.split("\n")) {
    const [name, , id] = line.split(":");
    if (!name || !id || !/^\d+$/.test(id) || Buffer.byteLength(name) > 255) continue;
    if (!names.has(Number(id))) names.set(Number(id), name);
  }
  return names;
}
