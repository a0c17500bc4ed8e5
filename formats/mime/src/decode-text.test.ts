import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseAddressList } from "./addresses.ts";
import { baseSubject, isReplySubject } from "./base-subject.ts";
import { parseMailDate } from "./dates.ts";
import { decodeCharset, decodedParameter, decodeHeaderText, decodeTransfer, foldText } from "./decode-text.ts";
import { messageIds } from "./envelope.ts";
import { htmlToText } from "./html-text.ts";
import { parseStructuredField } from "./structured-field.ts";

test.each([
  ["=?ISO-8859-1?Q?Patrik_F=E4ltstr=F6m?=", "Patrik Fältström"],
  ["=?utf-8?B?w6g=?= =?utf-8?B?w6k=?=", "èé"],
  ["=?utf-8?B?4oI=?= =?utf-8?B?rA==?=", "€"],
  ["Caf\u00c3\u00a9", "Café"],
  ["Caf\u00e9", "Café"],
  ["=?x-unknown?Q?abc?=", "abc"],
  ["plain  text\tand tab", "plain text and tab"],
])("the header text %s reads %s", (raw, text) => {
  expect(decodeHeaderText(raw)).toBe(text);
});

test.each([
  ["Ada Lovelace <ada@x.test>", [["Ada Lovelace", "ada", "x.test"]]],
  [
    '"Rossi, Ada" <ada@x.test>, bob@y.test',
    [
      ["Rossi, Ada", "ada", "x.test"],
      [null, "bob", "y.test"],
    ],
  ],
  ["ada@x.test (Ada)", [["Ada", "ada", "x.test"]]],
  ["<@route.test:ada@x.test>", [[null, "ada", "x.test"]]],
  [
    "Team: a@x, B <b@y>; c@z",
    [
      [null, "Team", null],
      [null, "a", "x"],
      ["B", "b", "y"],
      [null, null, null],
      [null, "c", "z"],
    ],
  ],
  [
    "undisclosed-recipients:;",
    [
      [null, "undisclosed-recipients", null],
      [null, null, null],
    ],
  ],
  ['"ada lovelace"@x.test', [[null, "adalovelace", "x.test"]]],
  ["ada@[192.0.2.1]", [[null, "ada", "[192.0.2.1]"]]],
  ["=?utf-8?Q?Ad=C3=A0?= <ada@x.test>", [["=?utf-8?Q?Ad=C3=A0?=", "ada", "x.test"]]],
  ["nobody", [[null, "nobody", ""]]],
  [" , ,", []],
])("the address list %s is read", (text, wanted) => {
  expect(parseAddressList(text).map(({ name, mailbox, host }) => [name, mailbox, host])).toEqual(wanted);
});

test.each([
  ["Re: Lunch", "lunch", true],
  ["RE: Fwd: [list] Lunch (fwd)", "lunch", true],
  ["[Fwd: Lunch]", "lunch", true],
  ["Re[2]: Lunch", "lunch", true],
  ["[list] Lunch", "lunch", false],
  ["[only]", "[only]", false],
  ["Regarding lunch", "regarding lunch", false],
])("the base of %s is %s", (subject, base, isReply) => {
  expect(baseSubject(subject)).toBe(base);
  expect(isReplySubject(subject)).toBe(isReply);
});

test.each([
  ["Thu, 01 Jan 2026 10:00:00 +0100", "2026-01-01T09:00:00.000Z", "2026-01-01"],
  ["1 Jan 26 23:30 -0500 (EST)", "2026-01-02T04:30:00.000Z", "2026-01-01"],
  ["Fri, 2 Jan 2026 00:10:00 GMT", "2026-01-02T00:10:00.000Z", "2026-01-02"],
])("the date %s is %s on the day %s", (text, instant, day) => {
  const date = parseMailDate(text);
  expect(new Date(date?.instantMs ?? 0).toISOString()).toBe(instant);
  expect(new Date((date?.day ?? 0) * 86_400_000).toISOString().slice(0, 10)).toBe(day);
});

test.each(["", "yesterday", "99 Jan 2026 10:00:00", "1 Foo 2026 10:00:00", "31 Dec 9999 23:59:59 -2359"])(
  "%s is no date",
  (text) => {
    expect(parseMailDate(text)).toBeNull();
  },
);

test("message ids lose their brackets, folding and doubles", () => {
  expect(messageIds("<a@x> <b@\r\n y> junk <a@x>")).toEqual(["a@x", "b@y"]);
  expect(messageIds("bare@x")).toEqual(["bare@x"]);
  expect(messageIds("two words")).toEqual([]);
});

test("RFC 2231 parameters are joined and decoded", () => {
  const { parameters } = parseStructuredField(
    "attachment; filename*0*=utf-8'it'caff%C3%A8; filename*1=\" bianco.txt\"",
  );
  expect(decodedParameter(parameters, "filename")).toBe("caffè bianco.txt");
  expect(decodedParameter(parseStructuredField('a; filename="=?utf-8?Q?caff=C3=A8?="').parameters, "filename")).toBe(
    "caffè",
  );
});

test("HTML is read as a person would, script and style left out", () => {
  const html =
    "<html><head><title>t</title><style>p{}</style></head><body><p>Ci&ograve; &amp; pi&#249;</p><div>two<br>three</div><script>if(a<b)x()</script>&copy;</body>";
  expect(htmlToText(html)).toBe("Ciò & più\ntwo\nthree\n©");
});

describe("transfer encodings", () => {
  test("base64 of any bytes comes back, line breaks and joined runs included", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 200 }), (a, b) => {
        const text = [a, b].map((run) => Buffer.from(run).toString("base64").replace(/.{20}/g, "$&\r\n")).join("\r\n");
        expect(decodeTransfer(Buffer.from(text), "base64")).toEqual(Buffer.concat([a, b]));
      }),
    );
  });

  test("quoted-printable: soft breaks, trailing space, damage", () => {
    expect(decodeTransfer(Buffer.from("caff=C3=A8 =\r\nbianco=20=  \nx=Zy="), "quoted-printable").toString()).toBe(
      "caffè bianco x=Zy",
    );
  });
});

test("folding is the same for composed and decomposed letters, whatever the case", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      expect(foldText(text.normalize("NFD"))).toBe(foldText(text.normalize("NFC")));
      expect(foldText(foldText(text))).toBe(foldText(text));
    }),
  );
});

test("a charset that lies falls back without a throw", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 100 }),
      fc.constantFrom(null, "utf-8", "iso-2022-jp", "utf-16le", "gbk", "nonsense", "base64", "hex"),
      (bytes, charset) => {
        expect(typeof decodeCharset(Buffer.from(bytes), charset)).toBe("string");
      },
    ),
  );
});
