import { Failure, utf8 } from "@casaforte/kernel";
import { limits } from "./limits.ts";
import { printTime } from "./time-text.ts";
import type { ContainerKind } from "./types.ts";
import { element, parseXml, printXml, type XmlElement } from "./xml.ts";

/** What a file says about itself in its summary.xml. Ids are lower-case UUIDs. */
export interface SummaryInput {
  readonly chainId: string;
  readonly fileId: string;
  readonly pointId: string;
  readonly pointNumber: number;
  readonly kind: ContainerKind;
  readonly createdMs: number;
  readonly jobName: string;
  readonly objectId: string;
  readonly objectName: string;
  readonly fileName: string;
  /** Name of the file before it in the chain; empty for a full. */
  readonly previousFileName: string;
  readonly folderName: string;
  readonly imageName: string;
  readonly imageBytes: number;
  readonly sealed: boolean;
}

const none = "00000000-0000-0000-0000-000000000000";

/** Prints the summary that `VbkBuilder.placeSummary` takes, packed. FORMAT.md §11. @throws too_large `vbk.summary_size`. */
export function writeSummary(input: SummaryInput): Uint8Array {
  const bytes = utf8(printXml(element("OibSummary", {}, parts(input))));
  if (bytes.length >= limits.summaryBytesMax) {
    throw new Failure("too_large", "vbk.summary_size", "a summary stays below 1 MiB");
  }
  return bytes;
}

function parts(input: SummaryInput): readonly XmlElement[] {
  const time = printTime(input.createdMs);
  const { chainId, pointId, fileId, objectId, objectName, jobName } = input;
  return [
    element("Backup", {
      Id: chainId,
      JobId: chainId,
      JobName: jobName,
      PolicyName: jobName,
      CreationTime: time,
      CreationTimeUtc: time,
      EncryptionState: input.sealed ? "2" : "0",
    }),
    element("Point", {
      Id: pointId,
      Num: `${input.pointNumber}.0000000000`,
      Type: input.kind === "full" ? "0" : "1",
      Algoritm: "2",
      GroupId: none,
      BackupId: chainId,
      CreationTime: time,
    }),
    element("Storage", {
      Id: fileId,
      FilePath: input.fileName,
      BlockSize: "KbBlockSize1024",
      BlockAlignmentSize: "4096",
      CreationTime: time,
    }),
    element("OIB", {
      Id: pointId,
      ObjectId: objectId,
      PointId: pointId,
      StorageId: fileId,
      InsideDir: input.folderName,
      DisplayName: objectName,
      VmName: objectName,
      ApproxSize: String(input.imageBytes),
      IsConsistent: "True",
      CreationTime: time,
    }),
    element("Object", { Id: objectId, Name: objectName, HostId: objectId }),
    element("SourceHost", { Id: objectId, Name: objectName }),
    element("PrevFileName", {}, [], input.previousFileName),
    element("BackupVersion", {}, [], "2"),
    element("OibFiles", {}, [element("File", { FileName: input.imageName, Size: String(input.imageBytes) })]),
  ];
}

/** The elements of a summary by name. @throws corrupt `vbm.xml`, `vbm.field`. */
export function readSummary(text: string): ReadonlyMap<string, XmlElement> {
  const root = parseXml(text);
  if (root.name !== "OibSummary") throw new Failure("corrupt", "vbm.field", "missing or malformed: OibSummary");
  return new Map(root.children.map((part) => [part.name, part]));
}
