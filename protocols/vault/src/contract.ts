import { instantSchema } from "@casaforte/contract/time";
import { z } from "zod";
import { vaultLimits } from "./limits.ts";

/** Version of the protocol that these schemas describe; a server answers with the highest it speaks. */
export const vaultProtocolVersion = 1;

/** Header names of the protocol, lower case. Byte counts and offsets are decimal, digests lower-case hexadecimal. */
export const vaultHeaders = {
  /** SHA-256 of the raw bytes of the body, on every raw request and reply. */
  sha256: "x-sha256",
  /** Offset of a part inside its file. */
  offset: "x-offset",
  /** Zeros that a part's body leaves out. */
  holes: "x-holes",
} as const;

const segment = encodeURIComponent;

/** Paths, relative to the vault's base URL. */
export const vaultPaths = {
  hello: "/vault/v1/hello",
  enrolments: "/vault/v1/enrolments",
  device: "/vault/v1/device",
  reports: "/vault/v1/device/reports",
  policy: "/vault/v1/device/policy",
  policyAcknowledgement: "/vault/v1/device/policy/acknowledgement",
  chain: (chainId: string) => `/vault/v1/chains/${segment(chainId)}`,
  keyring: (chainId: string) => `/vault/v1/chains/${segment(chainId)}/keyring`,
  keyringVersions: (chainId: string) => `/vault/v1/chains/${segment(chainId)}/keyring/versions`,
  vbm: (chainId: string) => `/vault/v1/chains/${segment(chainId)}/vbm`,
  uploads: "/vault/v1/uploads",
  upload: (uploadId: string) => `/vault/v1/uploads/${segment(uploadId)}`,
  part: (uploadId: string, n: number) => `/vault/v1/uploads/${segment(uploadId)}/parts/${n}`,
  uploadBlockMap: (uploadId: string) => `/vault/v1/uploads/${segment(uploadId)}/block-map`,
  compose: (uploadId: string) => `/vault/v1/uploads/${segment(uploadId)}/compose`,
  commit: (uploadId: string) => `/vault/v1/uploads/${segment(uploadId)}/commit`,
  files: "/vault/v1/files",
  file: (fileId: string) => `/vault/v1/files/${segment(fileId)}`,
  fileBlockMap: (fileId: string) => `/vault/v1/files/${segment(fileId)}/block-map`,
  fileMended: (fileId: string) => `/vault/v1/files/${segment(fileId)}/mended`,
  points: "/vault/v1/points",
  point: (pointId: string) => `/vault/v1/points/${segment(pointId)}`,
} as const;

/**
 * Every error code of the vault itself, with the status it travels under. The listener may add its own `http.*` codes.
 * PROTOCOL.md says when each one is sent; a test keeps the two lists equal.
 */
export const vaultCodes = {
  "vault.invalid": 422,
  "vault.token_invalid": 401,
  "vault.enrolment_invalid": 401,
  "vault.read_only": 403,
  "vault.not_found": 404,
  "vault.part_conflict": 409,
  "vault.upload_closed": 409,
  "vault.incomplete": 409,
  "vault.head_mismatch": 409,
  "vault.block_map_missing": 409,
  "vault.point_needed": 409,
  "vault.key_reused": 409,
  "vault.mend_differs": 409,
  "vault.too_many": 409,
  "vault.parent_moved": 412,
  "vault.point_moved": 412,
  "vault.version_moved": 412,
  "vault.too_large": 413,
  "vault.hash_mismatch": 422,
  "vault.length_mismatch": 422,
  "vault.range_invalid": 422,
  "vault.point_locked": 423,
  "vault.busy": 429,
  "vault.bandwidth": 429,
  "vault.over_quota": 507,
  "vault.metadata_full": 507,
  "vault.store_full": 507,
  "vault.space_suspended": 403,
  "vault.part_damaged": 500,
} as const;
export type VaultCode = keyof typeof vaultCodes;

const uuid = z.string().regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, "a lower-case UUID");
const digest = z.string().regex(/^[0-9a-f]{64}$/, "32 bytes in lower-case hexadecimal");
const bytes = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const instant = instantSchema;
const line = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\x00-\x1f\x7f]*$/, "one line of text");

/** Names of container files as the vault keeps them: no path, no control characters, a known ending. */
export const fileNameSchema = z
  .string()
  .max(vaultLimits.fileNameCharsMax)
  .regex(/^[^\x00-\x1f\x7f/\\.][^\x00-\x1f\x7f/\\]*\.(vbk|vib)$/, "a file name that ends in .vbk or .vib");

export const helloReply = z.object({
  protocol: z.literal("casaforte-vault"),
  version: z.int(),
  /** Version of the server program, for reports only. */
  serverVersion: z.string(),
  /** The vault's clock. */
  now: instant,
  limits: z.object({
    headBytes: bytes,
    partBytesPreferred: bytes,
    partBytesMax: bytes,
    partsMax: bytes,
    partsInFlightMax: z.int(),
    fileBytesMax: bytes,
    keyringBytesMax: bytes,
    vbmBytesMax: bytes,
    blockMapBytesMax: bytes,
    pageSizeMax: z.int(),
    /** An upload that gets no part for so long is given up by the vault. */
    uploadIdleDaysMax: z.int(),
  }),
});
export type Hello = z.infer<typeof helloReply>;

export const osSchema = z.enum(["linux", "windows", "darwin", "freebsd", "other"]);

/** POST /enrolments, without a bearer token. */
export const enrolRequest = z.strictObject({
  /** The enrolment token from the console; single use, short life. */
  token: z.string().min(20).max(200),
  name: line(100),
  os: osSchema,
  /** For people: `Debian GNU/Linux 13`. */
  osVersion: line(100).optional(),
  agentVersion: line(40),
  hostname: line(253),
});
export type EnrolRequest = z.infer<typeof enrolRequest>;

export const enrolReply = z.object({
  deviceId: uuid,
  /** Bearer token of the device, 256 bits, shown once. */
  deviceToken: z.string(),
  spaceId: uuid,
  spaceName: z.string(),
});
export type EnrolReply = z.infer<typeof enrolReply>;

export const fileKindSchema = z.enum(["vbk", "vib"]);
export type FileKind = z.infer<typeof fileKindSchema>;

/** How a chain stands: what the next increment must name as its parent, and which object versions are current. */
export const chainState = z.object({
  chainId: uuid,
  label: z.string(),
  createdAt: instant,
  /**
   * The file that the next VIB must name as its parent, and the root to name it by; null before the first commit. Of a
   * file that took another's place it is the root that it stands for.
   */
  head: z.object({ fileId: uuid, kind: fileKindSchema, fileRoot: digest, pointId: uuid, at: instant }).nullable(),
  points: z.int(),
  /**
   * A point whose ancestors are kept for it alone: made a full by compose, it lets them go. Null: nothing to merge.
   */
  mergePointId: uuid.nullable(),
  /** Current versions; 0 when there is none yet. */
  keyringVersion: z.int(),
  vbmVersion: z.int(),
});
export type ChainState = z.infer<typeof chainState>;

/** GET /device. */
export const deviceReply = z.object({
  deviceId: uuid,
  name: z.string(),
  /** `restore` is a read-only token of a signed-in customer, bound to this device's chains. */
  access: z.enum(["device", "restore"]),
  space: z.object({
    spaceId: uuid,
    name: z.string(),
    siteId: z.string(),
    quotaBytes: bytes,
    usedBytes: bytes,
    /** Of open uploads. */
    pendingBytes: bytes,
    bandwidthBytesPerSecond: bytes.nullable(),
    lockDays: z.int(),
  }),
  chains: z.array(chainState),
});
export type DeviceReply = z.infer<typeof deviceReply>;

/** PUT /chains/{id}: makes a chain of this device; the same call again changes the label only. */
export const chainRequest = z.strictObject({ label: line(200) });
export type ChainRequest = z.infer<typeof chainRequest>;

export const parentRef = z.strictObject({ fileId: uuid, fileRoot: digest });
export type ParentRef = z.infer<typeof parentRef>;

/** POST /uploads. */
export const openUploadRequest = z
  .strictObject({
    /** Made by the agent; the same key again answers with the same upload. */
    key: uuid,
    chainId: uuid,
    kind: fileKindSchema,
    fileName: fileNameSchema,
    /** Required for a VIB, absent for a VBK: the file this one builds upon, which must be the chain's head. */
    parent: parentRef.optional(),
    /** Best guess of the file's size: refused at once when it cannot fit. */
    estimatedBytes: bytes.max(vaultLimits.fileBytesMax),
    /** A VBK that takes the place of a point's file and holds the same image: no new point, no new time, the same lock. */
    replaces: z.strictObject({ pointId: uuid, fileRoot: digest }).optional(),
  })
  .refine((value) => (value.kind === "vib") === (value.parent !== undefined), {
    error: "a VIB names its parent, a VBK has none",
    path: ["parent"],
  })
  .refine((value) => value.kind === "vbk" || value.replaces === undefined, {
    error: "only a VBK takes another file's place",
    path: ["replaces"],
  });
export type OpenUploadRequest = z.infer<typeof openUploadRequest>;

export const partState = z.object({ n: z.int(), offset: bytes, length: bytes, sha256: digest });
export type PartState = z.infer<typeof partState>;

export const uploadReply = z.object({
  uploadId: uuid,
  key: uuid,
  chainId: uuid,
  kind: fileKindSchema,
  fileName: z.string(),
  parent: parentRef.nullable(),
  state: z.enum(["open", "committed", "aborted"]),
  estimatedBytes: bytes,
  receivedBytes: bytes,
  partsReceived: z.int(),
  /** Bytes that are references to stored ones. */
  composedBytes: bytes,
  /** When the vault gives the upload up, unless another part comes. */
  expiresAt: instant,
  /** Holes that one part may have; absent: none. */
  partHolesMax: z.int().optional(),
});
export type UploadReply = z.infer<typeof uploadReply>;

/** GET /uploads/{id}?after=n&limit=m: parts in the order of their numbers. */
export const uploadPartsReply = z.object({
  upload: uploadReply,
  parts: z.array(partState),
  /** Pass as `after` for the next page; null on the last. */
  nextAfter: z.int().nullable(),
});
export type UploadPartsReply = z.infer<typeof uploadPartsReply>;

/** POST /uploads/{id}/compose: stored bytes of live files of the same chain become bytes of this one; nothing is copied. */
export const composeRequest = z.strictObject({
  ranges: z
    .array(
      z.strictObject({
        /** Where the bytes stand in the new file. */
        offset: bytes.max(vaultLimits.fileBytesMax),
        length: bytes.min(1).max(vaultLimits.fileBytesMax),
        fromFileId: uuid,
        fromOffset: bytes.max(vaultLimits.fileBytesMax),
      }),
    )
    .min(1)
    .max(vaultLimits.composeRangesMax),
});
export type ComposeRequest = z.infer<typeof composeRequest>;

/** POST /uploads/{id}/commit. The parts must cover [0, size) exactly and the part at offset 0 must be the head. */
export const commitRequest = z.strictObject({
  size: bytes.min(vaultLimits.headBytes).max(vaultLimits.fileBytesMax),
  /** SHA-256 of the body of the part that the first 1,052,672 bytes are, sent last. */
  headSha256: digest,
  /** HMAC that authenticates the file to its owner; opaque to the vault, named by the next increment. */
  fileRoot: digest,
  /** The parent's file root as the client knows it; null for a VBK. */
  parentRoot: digest.nullable(),
  /** SHA-256 of the block map sent before with PUT /uploads/{id}/block-map. */
  blockMapSha256: digest,
});
export type CommitRequest = z.infer<typeof commitRequest>;

export const commitReply = z.object({
  fileId: uuid,
  pointId: uuid,
  chainId: uuid,
  size: bytes,
  /** The vault's clock at the commit: the point's time. */
  at: instant,
  lockedUntil: instant,
});
export type CommitReply = z.infer<typeof commitReply>;

export const fileReply = z.object({
  fileId: uuid,
  chainId: uuid,
  pointId: uuid,
  kind: fileKindSchema,
  fileName: z.string(),
  size: bytes,
  fileRoot: digest,
  parent: parentRef.nullable(),
  /** Of a file that took another's place: the root by which the next point's file names it. */
  standsFor: digest.nullable(),
  blockMapSha256: digest,
  at: instant,
});
export type FileReply = z.infer<typeof fileReply>;

/** GET /files?chainId=&cursor=&limit=: oldest first. */
export const filesReply = z.object({ files: z.array(fileReply), nextCursor: z.string().nullable() });
export type FilesReply = z.infer<typeof filesReply>;

export const pointReply = z.object({
  pointId: uuid,
  chainId: uuid,
  fileId: uuid,
  kind: fileKindSchema,
  fileName: z.string(),
  size: bytes,
  at: instant,
  lockedUntil: instant,
  /** `damaged`: a stored part of it or of an ancestor failed its check; `deleted`: in the recycle bin until purged. */
  state: z.enum(["good", "damaged", "deleted"]),
});
export type PointReply = z.infer<typeof pointReply>;

/** GET /points?chainId=&cursor=&limit=: oldest first. Deleted ones are listed until they are purged. */
export const pointsReply = z.object({ points: z.array(pointReply), nextCursor: z.string().nullable() });
export type PointsReply = z.infer<typeof pointsReply>;

/** PUT of a keyring or VBM. The new version is also the reply's ETag, in quotes. */
export const objectPutReply = z.object({ version: z.int(), sha256: digest, length: bytes });
export type ObjectPutReply = z.infer<typeof objectPutReply>;

/** GET /chains/{id}/keyring/versions: ascending; of many the oldest and the newest, `keyringVersionsShown` of each. */
export const keyringVersionsReply = z.object({
  versions: z.array(z.object({ version: z.int(), storedAt: instant })),
});
export type KeyringVersions = z.infer<typeof keyringVersionsReply>["versions"];

/** Query of every list. */
export const pageQuery = z.strictObject({
  chainId: uuid.optional(),
  cursor: uuid.optional(),
  limit: z.coerce.number().int().min(1).max(vaultLimits.pageSizeMax).optional(),
});
export type PageQuery = z.infer<typeof pageQuery>;

export const partsQuery = z.strictObject({
  after: z.coerce.number().int().min(-1).max(vaultLimits.partsMax).optional(),
  limit: z.coerce.number().int().min(1).max(vaultLimits.pageSizeMax).optional(),
});

/** RFC 9457 problem details; `code` is what a client switches on, `details` carries figures. */
export const vaultProblem = z.object({
  status: z.int(),
  code: z.string(),
  title: z.string().optional(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
});
export type VaultProblem = z.infer<typeof vaultProblem>;
