import type { BlobId, DeviceId, Id, SpaceId } from "@casaforte/kernel";

export type ChainId = Id<"Chain">;
export type UploadId = Id<"Upload">;
export type PartId = Id<"Part">;
export type FileId = Id<"VaultFile">;
export type PointId = Id<"RestorePoint">;
export type FileKind = "vbk" | "vib";

export interface ChainRow {
  readonly id: ChainId;
  readonly deviceId: DeviceId;
  readonly spaceId: SpaceId;
  readonly label: string;
  readonly createdAt: Date;
}

export interface UploadRow {
  readonly id: UploadId;
  readonly deviceId: DeviceId;
  readonly chainId: ChainId;
  readonly spaceId: SpaceId;
  readonly key: string;
  readonly kind: FileKind;
  readonly fileName: string;
  readonly parentFileId: FileId | null;
  readonly parentRoot: Buffer | null;
  readonly estimatedBytes: bigint;
  readonly receivedBytes: bigint;
  readonly partsReceived: bigint;
  readonly state: "open" | "committed" | "aborted";
  readonly fileId: FileId | null;
  readonly blockMapBlobId: BlobId | null;
  readonly blockMapBytes: bigint;
  readonly blockMapSha256: Buffer | null;
  readonly blockMapEnd: bigint;
  readonly replacesPointId: PointId | null;
  readonly replacesRoot: Buffer | null;
  readonly composedBytes: bigint;
  readonly openedAt: Date;
  readonly lastPartAt: Date;
}

export interface PartRow {
  readonly id: PartId;
  readonly n: number;
  readonly blobId: BlobId;
  readonly fileOffset: bigint;
  readonly length: bigint;
  readonly sha256: Buffer;
  /** Zeros that the stored bytes leave out, as the protocol's header writes them. */
  readonly holes: string;
}

export interface FileRow {
  readonly id: FileId;
  readonly seq: bigint;
  readonly chainId: ChainId;
  readonly deviceId: DeviceId;
  readonly spaceId: SpaceId;
  readonly kind: FileKind;
  readonly fileName: string;
  readonly size: bigint;
  readonly fileRoot: Buffer;
  readonly parentFileId: FileId | null;
  readonly parentRoot: Buffer | null;
  readonly standsFor: Buffer | null;
  readonly blockMapBlobId: BlobId;
  readonly blockMapBytes: bigint;
  readonly blockMapSha256: Buffer;
  readonly committedAt: Date;
  readonly state: "live" | "deleted" | "purged";
  /** Since when it lies in the bin. */
  readonly deletedAt: Date | null;
  readonly pointId: PointId;
  readonly at: Date;
  readonly lockedUntil: Date;
  readonly pointState: "good" | "damaged" | "deleted";
}

export interface ExtentRow {
  readonly fileOffset: bigint;
  readonly length: bigint;
  /** Null, like the blob: zeros that nobody stores. */
  readonly partId: PartId | null;
  readonly partOffset: bigint;
  readonly blobId: BlobId | null;
}

/** The root by which the next point's file names this one: of a file that took another's place, that one's. */
export const chainRootOf = (file: Pick<FileRow, "fileRoot" | "standsFor">): Buffer => file.standsFor ?? file.fileRoot;
