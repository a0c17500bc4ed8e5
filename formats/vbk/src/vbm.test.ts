import { fromUtf8, utf8 } from "@casaforte/kernel";
import { SeededRandom } from "@casaforte/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { uuid } from "./build.test-support.ts";
import { describeSealedVbm, openSealedVbm, StorageKey, sealVbm } from "./seal/index.ts";
import { readSummary, writeSummary } from "./summary.ts";
import { printTime, readTime } from "./time-text.ts";
import { gfsPeriods, readVbm, type VbmDocument, type VbmPoint, writeVbm } from "./vbm.ts";
import { element, parseXml, printXml } from "./xml.ts";

function sampleDocument(kinds: readonly ("full" | "increment")[], name = 'Büro <1> & "2"\n'): VbmDocument {
  const points: VbmPoint[] = [];
  for (const [index, kind] of kinds.entries()) {
    points.push({
      pointId: uuid(10 + index),
      fileId: uuid(100 + index),
      number: index + 1,
      kind,
      createdMs: 1_790_000_000_000 + index * 3_600_000,
      fileName: `disk ${index}.${kind === "full" ? "vbk" : "vib"}`,
      fileBytes: 1_609_728 + index,
      imageBytes: 5 << 20,
      root: new Uint8Array(32).fill(index + 1),
      parentRoot: kind === "full" ? null : (points.at(-1)?.root ?? null),
      gfs: kind === "full" ? gfsPeriods.slice(0, index % 4) : [],
    });
  }
  return {
    chainId: uuid(1),
    revision: 7,
    jobName: name,
    objectId: uuid(2),
    objectName: name,
    folderName: "host",
    imageName: "disk0",
    sealed: true,
    points,
  };
}

const names = fc
  .string({ unit: "grapheme" })
  .map((text) => text.replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, ""));

test("a VBM is read as it was written, whatever the names", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("full", "increment"), { maxLength: 6 }), names, (kinds, name) => {
      const document = sampleDocument(kinds.length === 0 ? [] : ["full", ...kinds], name);
      expect(readVbm(writeVbm(document))).toEqual(document);
    }),
  );
});

test("the VBM's joins hold: each OIB finds object, storage and point, each point its backup", () => {
  const root = parseXml(fromUtf8(writeVbm(sampleDocument(["full", "increment"]))));
  const [backup, info] = root.children;
  const list = (name: string) => info?.children.find((child) => child.name === name)?.children ?? [];
  const ids = (name: string) => list(name).map((item) => item.attributes["Id"]);
  expect(list("Oibs")).toHaveLength(2);
  for (const oib of list("Oibs")) {
    expect(ids("Objects")).toContain(oib.attributes["ObjectId"]);
    expect(ids("Storages")).toContain(oib.attributes["StorageId"]);
    expect(ids("Points")).toContain(oib.attributes["PointId"]);
  }
  for (const point of list("Points")) expect(point.attributes["BackupId"]).toBe(backup?.attributes["Id"]);
});

test("a chain with a gap, a path for a name or a flagged increment is refused on both sides", () => {
  const whole = sampleDocument(["full", "increment", "increment"]);
  const change = (index: number, part: Partial<VbmPoint>): VbmDocument => ({
    ...whole,
    points: whole.points.map((point, at) => (at === index ? { ...point, ...part } : point)),
  });
  const bad = [
    { ...whole, points: whole.points.slice(1) },
    { ...whole, points: whole.points.filter((_, index) => index !== 1) },
    change(1, { parentRoot: new Uint8Array(32) }),
    change(1, { fileName: "../x" }),
    change(1, { gfs: ["weekly"] }),
    change(2, { number: 2 }),
  ];
  for (const document of bad) expect(() => writeVbm(document)).toThrow();
  const text = fromUtf8(writeVbm(whole)).replace("01010101", "ff010101");
  expect(() => readVbm(utf8(text))).toThrow("parent is missing");
});

test("a sealed VBM opens for its chain and key only, and every flipped byte is refused", async () => {
  const storageKey = StorageKey.generate(new SeededRandom(1));
  const xml = writeVbm(sampleDocument(["full"]));
  const random = new SeededRandom(2);
  const sealed = await sealVbm(xml, { chainId: uuid(1), revision: 7 }, { storageKey, random });
  expect(describeSealedVbm(sealed)?.revision).toBe(7);
  expect(Buffer.from(sealed).includes("BackupMeta")).toBe(false);
  expect(await openSealedVbm(sealed, uuid(1), storageKey)).toEqual({ xml, revision: 7 });
  await expect(openSealedVbm(sealed, uuid(2), storageKey)).rejects.toMatchObject({ code: "seal.vbm_authentication" });
  const other = StorageKey.generate(random);
  await expect(openSealedVbm(sealed, uuid(1), other)).rejects.toMatchObject({ code: "seal.wrong_key" });
  for (let at = 0; at < sealed.length; at += 5) {
    const changed = sealed.slice();
    changed[at] = (changed[at] ?? 0) ^ 4;
    await expect(openSealedVbm(changed, uuid(1), storageKey)).rejects.toMatchObject({ name: "Failure" });
  }
});

test("a summary is well-formed and names file, point and the file before it", () => {
  const bytes = writeSummary({
    chainId: uuid(1),
    fileId: uuid(2),
    pointId: uuid(3),
    pointNumber: 2,
    kind: "increment",
    createdMs: 1_790_000_000_000,
    jobName: "a & b",
    objectId: uuid(4),
    objectName: "pc",
    fileName: "b.vib",
    previousFileName: "a.vbk",
    folderName: "host",
    imageName: "disk0",
    imageBytes: 1 << 20,
    sealed: false,
  });
  const summary = readSummary(fromUtf8(bytes));
  expect(summary.get("PrevFileName")?.text).toBe("a.vbk");
  expect(summary.get("Point")?.attributes).toMatchObject({ Num: "2.0000000000", Type: "1", BackupId: uuid(1) });
  expect(summary.get("Storage")?.attributes["FilePath"]).toBe("b.vib");
});

test("times keep their second", () => {
  expect(printTime(1_790_000_000_000)).toBe("09/21/2026 14:13:20");
  expect(readTime("09/21/2026 14:13:20")).toBe(1_790_000_000_000);
  for (const bad of ["02/30/2026 00:00:00", "9/21/2026 14:13:20", ""]) expect(() => readTime(bad)).toThrow("time");
});

test("XML: what is printed is parsed; what is not XML is refused", () => {
  const tree = element("A", { b: "<&>\"'\t\n" }, [element("C", {}, [], " x ]]> ")]);
  expect(parseXml(printXml(tree))).toEqual(tree);
  const bad = [
    "",
    "<a>",
    "<a></b>",
    "<a/><b/>",
    "<a b=1/>",
    "<a b='1' b='2'/>",
    "<a>&x;</a>",
    "<a>&amp</a>",
    "<!DOCTYPE a><a/>",
    "<a>&#0;</a>",
    "<a b='<'/>",
    `${"<a>".repeat(20)}${"</a>".repeat(20)}`,
  ];
  for (const text of bad) expect(() => parseXml(text), text).toThrow("malformed XML");
});

test("XML: no input makes the parser fail in another way than it says", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.constantFrom("<", ">", "/", "a", " ", "=", '"', "&", ";", "#", "<a", "<!--", "-->", "<?xml ", "?>", "</a>"),
      ),
      (parts) => {
        try {
          parseXml(parts.join(""));
        } catch (error) {
          expect(error).toMatchObject({ code: "vbm.xml" });
        }
      },
    ),
  );
});
