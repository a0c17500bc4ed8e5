/** The mails of the bench: the same bytes in every run and for every server. */
export interface Corpus {
  readonly messages: readonly Buffer[];
  readonly bytes: number;
  /** A word that stands in the body of `needles` messages, some of them only after decoding. */
  readonly needle: string;
  readonly needles: number;
}

const needle = "quokkafinch";
const syllables = "ba ko ri ta mu sel nor vi dan pe lo gri fa tu zen ha".split(" ");

/** Mulberry32: repeatable, and good enough to spread words and sizes. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}

class Writer {
  readonly random = chance(42);
  readonly #words = Array.from({ length: 3000 }, () =>
    Array.from({ length: 2 + Math.floor(this.random() * 3) }, () => this.#syllable()).join(""),
  );

  #syllable(): string {
    return syllables[Math.floor(this.random() * syllables.length)] ?? "ba";
  }

  /** Some words are much more frequent than others, as in a language. */
  word(): string {
    return this.#words[Math.floor(this.random() ** 2 * this.#words.length)] ?? "ko";
  }

  text(length: number): string {
    let text = "";
    let line = "";
    while (text.length < length) {
      line += `${line === "" ? "" : " "}${this.word()}`;
      if (line.length <= 66) continue;
      text += `${line}\r\n`;
      line = "";
    }
    return text;
  }
}

const base64 = (bytes: Buffer) => `${bytes.toString("base64").replace(/(.{76})/g, "$1\r\n")}\r\n`;
const quotedPrintable = (text: string) =>
  Buffer.from(text)
    .toString("latin1")
    .replace(/[=\x80-\xff]/g, (byte) => `=${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);

function headerOf(writer: Writer, index: number): string {
  const date = new Date(Date.UTC(2026, 0, 1) + index * 25_000_000).toUTCString().replace("GMT", "+0000");
  const subject = `${writer.word()} ${writer.word()} ${writer.word()} ${index}`;
  const encoded = index % 5 === 0 ? `=?UTF-8?B?${Buffer.from(`Perché ${subject}`).toString("base64")}?=` : subject;
  return [
    `Received: from mx${index % 7}.example.org (mx.example.org [192.0.2.${index % 250}])\r\n\tby mail.example.net with ESMTPS id ${(index * 7919).toString(36)}; ${date}`,
    `From: "${writer.word()} ${writer.word()}" <${writer.word()}@example.org>`,
    `To: Bench <bench@example.net>, ${writer.word()} <${writer.word()}@example.com>`,
    `Subject: ${encoded}`,
    `Date: ${date}`,
    `Message-ID: <m${index}@example.org>`,
    ...(index % 4 === 1 ? [`In-Reply-To: <m${index - 1}@example.org>`, `References: <m${index - 1}@example.org>`] : []),
    "MIME-Version: 1.0\r\n",
  ].join("\r\n");
}

/** Two in five plain, two in five text and HTML, one in five with an attachment; 2 to 50 KB, log-uniform. */
function bodyOf(writer: Writer, index: number, hit: string): string {
  const size = Math.floor(2000 * Math.exp(writer.random() * Math.log(25)));
  const boundary = `=_part_${index}`;
  if (index % 5 < 2)
    return `Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nBuongiorno, perché no?\r\n${hit}${writer.text(size - 800)}`;
  if (index % 5 === 4) {
    const attachment = Buffer.from(Uint8Array.from({ length: size / 2 }, () => writer.random() * 256));
    return `Content-Type: multipart/mixed; boundary="${boundary}"\r\n\r\n--${boundary}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${hit}${writer.text(size / 5)}--${boundary}\r\nContent-Type: application/pdf; name="a${index}.pdf"\r\nContent-Disposition: attachment; filename="a${index}.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64(attachment)}--${boundary}--\r\n`;
  }
  const plain = `Già fatto.\r\n${hit}${writer.text(size * 0.35)}`;
  // Quoted-printable breaks the word over two lines: a search must decode before it looks.
  const encoded =
    index % 2
      ? `Content-Transfer-Encoding: base64\r\n\r\n${base64(Buffer.from(plain))}`
      : `Content-Transfer-Encoding: quoted-printable\r\n\r\n${quotedPrintable(plain).replace(needle, "quokka=\r\nfinch")}`;
  const html = `<html><body><p>${writer.text(size * 0.45).replaceAll("\r\n", "</p>\r\n<p>")}</p></body></html>\r\n`;
  return `Content-Type: multipart/alternative; boundary="${boundary}"\r\n\r\n--${boundary}\r\nContent-Type: text/plain; charset=utf-8\r\n${encoded}--${boundary}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n${quotedPrintable(html)}--${boundary}--\r\n`;
}

export function makeCorpus(count: number): Corpus {
  const writer = new Writer();
  const messages: Buffer[] = [];
  let needles = 0;
  for (let index = 0; index < count; index++) {
    const hit = index % 25 === 3 ? `the ${needle} sits here\r\n` : "";
    if (hit !== "") needles++;
    messages.push(Buffer.from(headerOf(writer, index) + bodyOf(writer, index, hit)));
  }
  return { messages, bytes: messages.reduce((sum, message) => sum + message.length, 0), needle, needles };
}
