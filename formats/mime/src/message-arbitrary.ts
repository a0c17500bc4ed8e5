import fc from "fast-check";

/** Messages as a hostile or careless sender writes them, and ordinary ones. Tests only. */

const eol = fc.constantFrom("\r\n", "\n");
const word = fc.stringMatching(/^[a-z]{1,8}$/);
const junk = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString("latin1"));

const headerLine = fc.oneof(
  fc.constantFrom(
    "Subject: =?utf-8?Q?Caff=C3=A8?= =?utf-8?B?4oKs?=",
    'From: "Rossi, Ada" <ada@example.test>, Bob (the second) <bob@example.test>',
    "To: undisclosed-recipients:;",
    "Cc: Team: a@x, b@y;, c@z",
    "Date: Thu, 1 Jan 2026 10:00:00 +0100 (CET)",
    "Message-ID: <a@example.test>",
    "References: <1@x> <2@x>\r\n <3@x>",
    "Content-Transfer-Encoding: base64",
    "Content-Transfer-Encoding: quoted-printable",
    "Content-Type: text/html; charset=iso-8859-1",
    "Content-Type: text/plain; charset*0*=utf-8''%75; charset*1=tf-8",
    "Content-Type: message/rfc822",
    "Content-Type: multipart/mixed; boundary=b",
    'Content-Type: multipart/alternative; boundary="b"',
    "Content-Type: multipart/digest; boundary=c",
    "Content-Type: multipart/mixed",
    'Content-Type: ;;;="',
    "Content-Disposition: attachment; filename*=utf-8''caff%C3%A8.txt",
    "Content-ID: <pic@x>",
    "no colon here",
    " continued",
  ),
  fc.tuple(word, junk).map(([name, value]) => `${name}: ${value}`),
);

const bodyLine = fc.oneof(
  fc.constantFrom(
    "",
    "--b",
    "--b--",
    "--c",
    "--c--",
    "--bb",
    "--b \t",
    "caff=C3=A8=",
    "=",
    "4oKs",
    "<p>hello &egrave;<script>x</script>",
    ".",
  ),
  junk,
  word,
);

const block = fc
  .tuple(fc.array(headerLine, { maxLength: 5 }), fc.boolean(), fc.array(bodyLine, { maxLength: 6 }), eol)
  .map(([headers, isSplit, body, end]) => [...headers, ...(isSplit ? [""] : []), ...body].join(end));

/** Any bytes that look more or less like a message. */
export const hostileMessage: fc.Arbitrary<Buffer> = fc
  .tuple(fc.array(block, { minLength: 1, maxLength: 6 }), eol)
  .map(([blocks, end]) => Buffer.from(blocks.join(end), "latin1"));

/** A part of an ordinary message. */
export interface PlannedPart {
  readonly kind: "text" | "html" | "file" | "multipart";
  readonly text: string;
  readonly encoding: "7bit" | "base64" | "quoted-printable";
  readonly parts: readonly PlannedPart[];
}

const text = fc.oneof(
  fc.stringMatching(/^[ -~]{1,60}$/),
  fc.constantFrom("Perché no? È già così.", "Zahlung über 5 €", "日本語のテキスト", "line one\r\nline two", "=3D--b"),
);

const leaf = fc.record({
  kind: fc.constantFrom("text" as const, "html" as const, "file" as const),
  text,
  encoding: fc.constantFrom("base64" as const, "quoted-printable" as const),
  parts: fc.constant([]),
});

/** A sound MIME tree to print with `printMessage`. */
export const plannedPart: fc.Arbitrary<PlannedPart> = fc.letrec<{ part: PlannedPart; node: PlannedPart }>((tie) => ({
  part: fc.oneof({ depthSize: "small" }, leaf, tie("node")),
  node: fc.record({
    kind: fc.constant("multipart" as const),
    text: fc.constant(""),
    encoding: fc.constant("7bit" as const),
    parts: fc.array(tie("part"), { minLength: 1, maxLength: 4 }),
  }),
})).part;

/** RFC 5322 bytes of a tree; `subject` is printed as an encoded word when it is not ASCII. */
export function printMessage(root: PlannedPart, subject: string): Buffer {
  const encoded = /^[\x20-\x7e]*$/.test(subject) ? subject : `=?utf-8?B?${Buffer.from(subject).toString("base64")}?=`;
  const top = `From: Ada <ada@example.test>\r\nTo: Bob <bob@example.test>\r\nSubject: ${encoded}\r\nMessage-ID: <x@example.test>\r\nMIME-Version: 1.0\r\n`;
  return Buffer.from(top + printPart(root, { next: 0 }));
}

function printPart(part: PlannedPart, counter: { next: number }): string {
  if (part.kind === "multipart") {
    const boundary = `=_boundary_${counter.next++}`;
    const inner = part.parts.map((child) => `--${boundary}\r\n${printPart(child, counter)}\r\n`).join("");
    return `Content-Type: multipart/mixed; boundary="${boundary}"\r\n\r\npreamble\r\n${inner}--${boundary}--\r\nepilogue`;
  }
  const type =
    part.kind === "file"
      ? 'application/pdf; name="f.pdf"'
      : `text/${part.kind === "html" ? "html" : "plain"}; charset=utf-8`;
  const disposition = part.kind === "file" ? 'Content-Disposition: attachment; filename="f.pdf"\r\n' : "";
  const bytes = Buffer.from(part.kind === "html" ? `<p>${part.text.replace(/[<>&]/g, "")}</p>` : part.text);
  const body =
    part.encoding === "base64" ? bytes.toString("base64").replace(/.{76}/g, "$&\r\n") : quotedPrintable(bytes);
  return `Content-Type: ${type}\r\n${disposition}Content-Transfer-Encoding: ${part.encoding}\r\n\r\n${body}`;
}

function quotedPrintable(bytes: Buffer): string {
  let line = "";
  let out = "";
  for (const byte of bytes) {
    const char =
      byte >= 33 && byte <= 126 && byte !== 61
        ? String.fromCharCode(byte)
        : `=${byte.toString(16).toUpperCase().padStart(2, "0")}`;
    if (line.length + char.length > 75) {
      out += `${line}=\r\n`;
      line = "";
    }
    line += char;
  }
  return out + line;
}
