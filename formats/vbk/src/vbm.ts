import { Failure, fromUtf8, toHex, utf8 } from "@casaforte/kernel";
import { limits } from "./limits.ts";
import { printTime, readTime } from "./time-text.ts";
import type { ContainerKind } from "./types.ts";
import { element, parseXml, printXml, type XmlElement } from "./xml.ts";

/** Flags that keep a full beyond short retention. */
export const gfsPeriods = ["weekly", "monthly", "yearly"] as const;
export type GfsPeriod = (typeof gfsPeriods)[number];

/** One restore point of a chain with the file that makes it. */
export interface VbmPoint {
  /** Lower-case UUIDs. */
  readonly pointId: string;
  readonly fileId: string;
  /** Counts from 1 and never repeats in a chain. */
  readonly number: number;
  readonly kind: ContainerKind;
  /** Milliseconds since 1970; written by the second. */
  readonly createdMs: number;
  /** Name of the file beside the VBM, without a path. */
  readonly fileName: string;
  readonly fileBytes: number;
  /** The image at this point, in bytes. */
  readonly imageBytes: number;
  /** File root, 32 bytes. */
  readonly root: Uint8Array;
  /** File root of the point before it; null for a full. */
  readonly parentRoot: Uint8Array | null;
  /** Of a full that took another file's place: the root by which the next point names it. Absent or null otherwise. */
  readonly standsFor?: Uint8Array | null;
  readonly gfs: readonly GfsPeriod[];
}

/** The metadata file of a chain: rewritten whole after each run. */
export interface VbmDocument {
  readonly chainId: string;
  /** Grows by one with each writing. */
  readonly revision: number;
  readonly jobName: string;
  /** The device: its id and name. */
  readonly objectId: string;
  readonly objectName: string;
  /** Names of folder and image inside each file. */
  readonly folderName: string;
  readonly imageName: string;
  readonly sealed: boolean;
  /** Oldest first. */
  readonly points: readonly VbmPoint[];
}

const none = "00000000-0000-0000-0000-000000000000";

/** Prints a VBM. FORMAT.md §11. @throws corrupt `vbm.chain` when the points do not follow one another. */
export function writeVbm(document: VbmDocument): Uint8Array {
  checkChain(document.points);
  const { chainId, jobName, objectId, objectName } = document;
  const first = document.points[0];
  const backup = element("Backup", {
    Id: chainId,
    JobId: chainId,
    JobName: jobName,
    PolicyName: jobName,
    DirPath: "",
    EncryptionState: document.sealed ? "2" : "0",
    CreationTime: printTime(first?.createdMs ?? 0),
    CfRevision: String(document.revision),
    CfFolderName: document.folderName,
    CfImageName: document.imageName,
  });
  const info = element("BackupMetaInfo", {}, [
    element("Objects", {}, [element("Object", { Id: objectId, Name: objectName, HostId: objectId })]),
    element("Hosts", {}, [element("Host", { Id: objectId, Name: objectName })]),
    element("Storages", {}, document.points.map(storageElement)),
    element(
      "Points",
      {},
      document.points.map((point) => pointElement(point, chainId)),
    ),
    element(
      "Oibs",
      {},
      document.points.map((point) => oibElement(point, document)),
    ),
  ]);
  return utf8(printXml(element("BackupMeta", {}, [backup, info])));
}

const storageElement = (point: VbmPoint): XmlElement =>
  element("Storage", {
    Id: point.fileId,
    FilePath: point.fileName,
    CreationTime: printTime(point.createdMs),
    BlockSize: "KbBlockSize1024",
    BlockAlignmentSize: "4096",
    Stats: printXml(element("CBackupStats", {}, [element("BackupSize", {}, [], String(point.fileBytes))])),
    CfFileBytes: String(point.fileBytes),
    CfRoot: toHex(point.root),
    CfParentRoot: point.parentRoot === null ? "" : toHex(point.parentRoot),
    ...(point.standsFor ? { CfStandsFor: toHex(point.standsFor) } : {}),
    CfGfs: point.gfs.join(" "),
  });

const pointElement = (point: VbmPoint, chainId: string): XmlElement =>
  element("Point", {
    Id: point.pointId,
    Num: `${point.number}.0000000000`,
    Type: point.kind === "full" ? "0" : "1",
    Algoritm: "2",
    GroupId: none,
    BackupId: chainId,
    CreationTime: printTime(point.createdMs),
  });

const oibElement = (point: VbmPoint, document: VbmDocument): XmlElement =>
  element("OIB", {
    Id: point.pointId,
    ObjectId: document.objectId,
    PointId: point.pointId,
    StorageId: point.fileId,
    InsideDir: document.folderName,
    DisplayName: document.objectName,
    VmName: document.objectName,
    ApproxSize: String(point.imageBytes),
    IsConsistent: "True",
    CreationTime: printTime(point.createdMs),
  });

/** Reads a VBM. @throws too_large `vbm.size`; corrupt `vbm.xml`, `vbm.field`, `vbm.chain`. */
export function readVbm(bytes: Uint8Array): VbmDocument {
  if (bytes.length > limits.vbmBytesMax) throw new Failure("too_large", "vbm.size", "the VBM is too large");
  const root = parseXml(fromUtf8(bytes));
  if (root.name !== "BackupMeta") throw missing("BackupMeta");
  const backup = child(root, "Backup");
  const info = child(root, "BackupMetaInfo");
  const object = child(child(info, "Objects"), "Object");
  const storages = byId(child(info, "Storages"), "Id");
  const oibs = byId(child(info, "Oibs"), "PointId");
  const points = child(info, "Points").children.map((point): VbmPoint => {
    const oib = oibs.get(attribute(point, "Id"));
    const storage = oib && storages.get(attribute(oib, "StorageId"));
    if (oib === undefined || storage === undefined) throw missing("OIB or Storage of a point");
    return readPoint(point, oib, storage);
  });
  checkChain(points);
  return {
    chainId: id(backup, "Id"),
    revision: whole(backup, "CfRevision"),
    jobName: attribute(backup, "JobName"),
    objectId: id(object, "Id"),
    objectName: attribute(object, "Name"),
    folderName: attribute(backup, "CfFolderName"),
    imageName: attribute(backup, "CfImageName"),
    sealed: attribute(backup, "EncryptionState") === "2",
    points,
  };
}

function readPoint(point: XmlElement, oib: XmlElement, storage: XmlElement): VbmPoint {
  const parentRoot = attribute(storage, "CfParentRoot");
  const type = attribute(point, "Type");
  if (type !== "0" && type !== "1") throw missing("Type");
  const gfs = attribute(storage, "CfGfs").split(" ");
  const standsFor = storage.attributes["CfStandsFor"];
  return {
    pointId: id(point, "Id"),
    fileId: id(storage, "Id"),
    number: wholeOf(attribute(point, "Num").replace(/\.0+$/, ""), "Num"),
    kind: type === "0" ? "full" : "increment",
    createdMs: readTime(attribute(point, "CreationTime")),
    fileName: attribute(storage, "FilePath"),
    fileBytes: whole(storage, "CfFileBytes"),
    imageBytes: whole(oib, "ApproxSize"),
    root: hash(attribute(storage, "CfRoot")),
    parentRoot: parentRoot === "" ? null : hash(parentRoot),
    ...(standsFor === undefined ? {} : { standsFor: hash(standsFor) }),
    gfs: gfsPeriods.filter((period) => gfs.includes(period)),
  };
}

/** Each increment names the file before it by its root; numbers ascend; only fulls carry flags. */
function checkChain(points: readonly VbmPoint[]): void {
  if (points.length > limits.chainFilesMax) throw broken("more points than a chain may have");
  points.forEach((point, index) => {
    const parent = points[index - 1];
    if (!/^[^/\\\0]{1,255}$/.test(point.fileName)) throw broken("a file name that is a path");
    if (parent !== undefined && point.number <= parent.number) throw broken("numbers do not ascend");
    if (point.kind === "full") {
      if (point.parentRoot !== null) throw broken("a full with a parent");
      return;
    }
    const isLinked =
      parent !== undefined &&
      point.parentRoot !== null &&
      toHex(point.parentRoot) === toHex(parent.standsFor ?? parent.root);
    if (!isLinked) throw broken("an increment whose parent is missing");
    if (point.standsFor) throw broken("an increment in the place of another file");
    if (point.gfs.length > 0) throw broken("an increment with a retention flag");
  });
}

function child(parent: XmlElement, name: string): XmlElement {
  const found = parent.children.find((candidate) => candidate.name === name);
  if (found === undefined) throw missing(name);
  return found;
}

const byId = (parent: XmlElement, key: string): ReadonlyMap<string, XmlElement> =>
  new Map(parent.children.map((item) => [attribute(item, key), item]));

function attribute(item: XmlElement, name: string): string {
  const value = item.attributes[name];
  if (value === undefined) throw missing(name);
  return value;
}

function id(item: XmlElement, name: string): string {
  const text = attribute(item, name);
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)) throw missing(name);
  return text;
}

const whole = (item: XmlElement, name: string): number => wholeOf(attribute(item, name), name);

function wholeOf(text: string, name: string): number {
  const value = Number(text);
  if (!/^\d{1,16}$/.test(text) || !Number.isSafeInteger(value)) throw missing(name);
  return value;
}

function hash(text: string): Uint8Array {
  if (!/^[0-9a-f]{64}$/.test(text)) throw missing("root");
  return Uint8Array.from({ length: 32 }, (_, index) => Number.parseInt(text.slice(index * 2, index * 2 + 2), 16));
}

const missing = (name: string): Failure => new Failure("corrupt", "vbm.field", `missing or malformed: ${name}`);
const broken = (what: string): Failure => new Failure("corrupt", "vbm.chain", what);
