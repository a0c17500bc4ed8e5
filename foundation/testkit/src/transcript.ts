import type { MemoryConnection } from "./memory-connection.ts";

const patienceMs = 3_000;

/**
 * Plays a conversation against servers behind memory connections and throws where they depart from it.
 *
 * ```
 * # a comment
 * C: a1 LOGIN bob secret          sends the line and CRLF
 * C!: raw bytes\r\n\x00           sends without CRLF; knows \r \n \t \\ \xNN
 * S: a1 OK <<.*>>                 expects exactly this line; <<regexp>> matches inside it
 * S: * OK [UIDNEXT <<next=\d+>>]  remembers what matched; <<next>> then stands for it in later lines
 * S*: <<.*>>                      skips lines up to and with the first that matches
 * 2C: / 2S:                       the second connection; no number means the first
 * S# end                          expects that the server closed
 * ```
 * At the end no connection may have unread output.
 */
export async function runTranscript(
  peers: MemoryConnection | readonly MemoryConnection[],
  script: string,
  variables: Record<string, string> = {},
): Promise<Record<string, string>> {
  const readers = (Array.isArray(peers) ? peers : [peers]).map((peer: MemoryConnection) => new LineReader(peer));
  const known = { ...variables };
  let number = 0;
  for (const raw of script.split("\n")) {
    number++;
    const line = raw.trimStart();
    if (line === "" || line.startsWith("#")) continue;
    const match = /^(\d*)(C!|C|S\*|S#|S):? ?(.*)$/.exec(line);
    if (!match) throw new Error(`transcript line ${number}: not understood: ${line}`);
    const [, who = "", action = "", text = ""] = match;
    const reader = readers[who === "" ? 0 : Number(who) - 1];
    if (!reader) throw new Error(`transcript line ${number}: no connection ${who}`);
    await play(reader, action, text, known, number);
  }
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
  for (const [index, reader] of readers.entries()) {
    const rest = reader.rest();
    if (rest !== "") throw new Error(`connection ${index + 1} said more than the transcript: ${JSON.stringify(rest)}`);
  }
  return known;
}

async function play(
  reader: LineReader,
  action: string,
  text: string,
  known: Record<string, string>,
  number: number,
): Promise<void> {
  if (action === "C") return reader.peer.send(`${substitute(text, known)}\r\n`);
  if (action === "C!") return reader.peer.send(Buffer.from(unescapeText(substitute(text, known)), "latin1"));
  if (action === "S#") {
    const line = await reader.line();
    if (line !== null) throw new Error(`transcript line ${number}: expected the end, got: ${line}`);
    return;
  }
  const { pattern, names } = compile(text, known);
  for (;;) {
    const line = await reader.line();
    const match = line === null ? null : pattern.exec(line);
    if (match) {
      for (const name of names) known[name] = match.groups?.[name] ?? "";
      return;
    }
    if (line === null || action === "S") {
      throw new Error(`transcript line ${number}:\n  expected: ${text}\n  got:      ${line ?? "(end of stream)"}`);
    }
  }
}

const hole = /<<(?:([A-Za-z]\w*)=)?(.*?)>>/g;

function substitute(text: string, known: Record<string, string>): string {
  return text.replace(hole, (whole, _name, body: string) => known[body] ?? whole);
}

function compile(text: string, known: Record<string, string>): { pattern: RegExp; names: string[] } {
  const names: string[] = [];
  let source = "";
  let last = 0;
  for (const match of text.matchAll(hole)) {
    source += escapeRegExp(text.slice(last, match.index));
    last = match.index + match[0].length;
    const [, name, body = ""] = match;
    const value = known[body];
    if (name === undefined && value !== undefined) source += escapeRegExp(value);
    else if (name === undefined) source += `(?:${body})`;
    else {
      names.push(name);
      source += `(?<${name}>${body})`;
    }
  }
  source += escapeRegExp(text.slice(last));
  return { pattern: new RegExp(`^${source}$`, "s"), names };
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

function unescapeText(text: string): string {
  const utf8 = Buffer.from(text, "utf8").toString("latin1");
  return utf8.replace(/\\(r|n|t|\\|x[0-9a-fA-F]{2})/g, (_, code: string) => {
    if (code === "r") return "\r";
    if (code === "n") return "\n";
    if (code === "t") return "\t";
    if (code === "\\") return "\\";
    return String.fromCharCode(Number.parseInt(code.slice(1), 16));
  });
}

class LineReader {
  readonly peer: MemoryConnection;
  #buffer = "";

  constructor(peer: MemoryConnection) {
    this.peer = peer;
  }

  async line(): Promise<string | null> {
    for (;;) {
      const end = this.#buffer.indexOf("\r\n");
      if (end >= 0) {
        const line = this.#buffer.slice(0, end);
        this.#buffer = this.#buffer.slice(end + 2);
        return Buffer.from(line, "latin1").toString("utf8");
      }
      const bytes = await withPatience(this.peer.receive());
      if (bytes === null) return this.#buffer === "" ? null : this.#flush();
      this.#buffer += Buffer.from(bytes).toString("latin1");
    }
  }

  rest(): string {
    return this.#buffer + Buffer.from(this.peer.take()).toString("latin1");
  }

  #flush(): string {
    const line = this.#buffer;
    this.#buffer = "";
    return line;
  }
}

async function withPatience<T>(promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("the server said nothing for 3 s")), patienceMs);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
