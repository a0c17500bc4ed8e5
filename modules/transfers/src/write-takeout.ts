import { type Bytes, Failure, utf8 } from "@casaforte/kernel";
import { type ExportedMessage, flagBits, mailboxFolder, maildirPath } from "@casaforte/modules/mailbox";
import { type ZipEntry, ZipWriter } from "@casaforte/zip";
import type { TakeoutFormat } from "./takeout.ts";

const fileMode = 0o600;

/**
 * A ZIP of messages as they come, folder by folder: one mbox a folder, a Maildir a folder, or a file a message; beside them
 * `MANIFEST.csv` with each message's place, flags and date, and those that are `missing` since their bytes are lost or damaged:
 * one of them denies nobody the others. `onMessage` is awaited after each.
 */
export async function writeTakeout(
  format: TakeoutFormat,
  messages: AsyncIterable<ExportedMessage>,
  write: (bytes: Bytes) => Promise<void>,
  onMessage: (sizeBytes: number) => Promise<void>,
): Promise<void> {
  const zip = new ZipWriter(write);
  const manifest = ["file,mailbox,flags,keywords,received,bytes,state\r\n"];
  const note = async (file: string, message: ExportedMessage, isMissing: boolean) => {
    manifest.push(manifestLine(file, message, isMissing));
    await onMessage(isMissing ? 0 : message.sizeBytes);
  };
  if (format === "mbox") await writeMboxes(zip, messages, note);
  else
    for await (const message of messages) {
      const path = format === "maildir" ? maildirPath(message) : emlPath(message);
      const whole = await readWhole(message);
      if (whole !== null)
        await zip.stream(entryOf(path, message.receivedAt.getTime()), message.sizeBytes, whole.open());
      await note(path, message, whole === null);
    }
  await zip.file(entryOf("MANIFEST.csv", 0), utf8(manifest.join("")));
  await zip.finish();
}

/** Read before anything of it is written: at most `messageBytesMax` bytes. Null when they are lost or damaged. */
async function readWhole(message: ExportedMessage): Promise<ExportedMessage | null> {
  const pieces: Bytes[] = [];
  let size = 0;
  try {
    for await (const piece of message.open()) {
      pieces.push(piece.slice());
      size += piece.length;
    }
  } catch (error) {
    if (error instanceof Failure && (error.kind === "corrupt" || error.kind === "not_found")) return null;
    throw error;
  }
  if (size !== message.sizeBytes) return null;
  return {
    ...message,
    async *open() {
      yield* pieces;
    },
  };
}

const entryOf = (path: string, modifiedMs: number): ZipEntry => ({ name: utf8(path), mode: fileMode, modifiedMs });

const emlPath = ({ boxPath, uidvalidity, uid }: ExportedMessage): string =>
  `${mailboxFolder(boxPath)}/${uidvalidity}.${uid}.eml`;

/** Messages come folder by folder; each folder is one entry whose length nobody knows before. */
async function writeMboxes(
  zip: ZipWriter,
  messages: AsyncIterable<ExportedMessage>,
  note: (file: string, message: ExportedMessage, isMissing: boolean) => Promise<void>,
): Promise<void> {
  const source = messages[Symbol.asyncIterator]();
  let next = await source.next();
  try {
    while (!next.done) {
      const { boxPath, receivedAt } = next.value;
      const path = `${mailboxFolder(boxPath)}.mbox`;
      const folder = async function* (): AsyncGenerator<Bytes> {
        while (!next.done && next.value.boxPath === boxPath) {
          const message = next.value;
          const whole = await readWhole(message);
          if (whole !== null) yield* mboxMessage(whole);
          await note(path, message, whole === null);
          next = await source.next();
        }
      };
      await zip.stream(entryOf(path, receivedAt.getTime()), null, folder());
    }
  } finally {
    await source.return?.();
  }
}

const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** As asctime writes it, in UTC (RFC 4155). */
function fromLine(at: Date): string {
  const two = (value: number, fill = "0") => String(value).padStart(2, fill);
  const time = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`;
  const day = `${days[at.getUTCDay()]} ${months[at.getUTCMonth()]} ${two(at.getUTCDate(), " ")}`;
  return `From MAILER-DAEMON ${day} ${time} ${String(at.getUTCFullYear()).padStart(4, "0")}\n`;
}

const newline = 0x0a;
const carriageReturn = 0x0d;
const greater = 0x3e;
const fromWord = utf8("From ");

/**
 * One message of an mboxrd file: its From line, the flags as `Status`, `X-Status` and `X-Keywords`, lines ended by LF, lines that
 * begin with any number of `>` and `From ` quoted by one more. In pieces as they come.
 */
export async function* mboxMessage(message: ExportedMessage): AsyncGenerator<Bytes> {
  yield utf8(fromLine(message.receivedAt) + statusFields(message));
  /** Of the line that is not whole yet, as long as it may still become `>*From `; a line beyond that goes out as it comes. */
  let held: number[] = [];
  let isLineOpen = false;
  let endsLine = true;
  let isReturnHeld = false;
  for await (const piece of message.open()) {
    const out: number[] = [];
    const begin = (byte: number): void => {
      held.push(byte);
      const at = held.findIndex((one) => one !== greater);
      const word = at < 0 ? [] : held.slice(at);
      if (at < 0 && held.length < heldMax) return;
      if (word.every((one, index) => one === fromWord[index])) {
        if (word.length < fromWord.length && held.length < heldMax) return;
        if (word.length === fromWord.length) out.push(greater);
      }
      out.push(...held);
      held = [];
      isLineOpen = true;
    };
    const put = (byte: number): void => {
      if (byte === newline) {
        out.push(...held, newline);
        held = [];
        isLineOpen = false;
      } else if (isLineOpen) out.push(byte);
      else begin(byte);
      endsLine = byte === newline;
    };
    for (const byte of piece) {
      if (isReturnHeld && byte !== newline) put(carriageReturn);
      isReturnHeld = byte === carriageReturn;
      if (!isReturnHeld) put(byte);
    }
    yield Uint8Array.from(out);
  }
  if (isReturnHeld) held.push(carriageReturn);
  yield Uint8Array.from([...held, ...(endsLine && held.length === 0 ? [] : [newline]), newline]);
}

/** Longer rows of `>` are no quotation that any reader takes back. */
const heldMax = 200;

function statusFields({ flags, keywords }: ExportedMessage): string {
  const has = (bit: number) => (flags & bit) !== 0;
  const status = `${has(flagBits.seen) ? "R" : ""}O`;
  const more = `${has(flagBits.answered) ? "A" : ""}${has(flagBits.flagged) ? "F" : ""}${has(flagBits.draft) ? "T" : ""}${has(flagBits.deleted) ? "D" : ""}`;
  const words = keywords.length === 0 ? "" : `X-Keywords: ${keywords.join(" ")}\n`;
  return `Status: ${status}\n${more === "" ? "" : `X-Status: ${more}\n`}${words}`;
}

const flagNames = Object.entries(flagBits);

function manifestLine(file: string, message: ExportedMessage, isMissing: boolean): string {
  const { boxPath, flags, keywords, receivedAt, sizeBytes } = message;
  const names = flagNames.filter(([, bit]) => (flags & bit) !== 0).map(([name]) => name);
  const place = isMissing ? "" : file;
  const state = isMissing ? "missing" : "";
  const cells = [
    place,
    boxPath,
    names.join(" "),
    keywords.join(" "),
    receivedAt.toISOString(),
    String(sizeBytes),
    state,
  ];
  return `${cells.map(cell).join(",")}\r\n`;
}

/** RFC 4180; what a spreadsheet would compute is defused. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
