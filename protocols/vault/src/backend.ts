import type { Bytes } from "@casaforte/kernel";
import type {
  ChainRequest,
  ChainState,
  CommitReply,
  CommitRequest,
  ComposeRequest,
  DeviceReply,
  EnrolReply,
  EnrolRequest,
  FilesReply,
  Hello,
  KeyringVersions,
  ObjectPutReply,
  OpenUploadRequest,
  PageQuery,
  PartState,
  PointsReply,
  UploadPartsReply,
  UploadReply,
} from "./contract.ts";
import type { PartHole } from "./holes.ts";
import type { PolicyAcknowledgement, StandingPolicy } from "./policy-contract.ts";
import type { RunReport } from "./report-contract.ts";

export interface VaultCaller {
  readonly ip: string;
}

/** A raw body on its way in. `bytes` yields exactly `length` bytes or throws. */
export interface RawBody {
  readonly length: number;
  /** What the client says it hashes to; the backend checks what it stored. */
  readonly sha256: string;
  readonly bytes: AsyncIterable<Bytes>;
  readonly signal: AbortSignal;
}

/** Something stored that can be served by range. */
export interface StoredBody {
  readonly size: number;
  /** Bytes [offset, offset + length), which lie inside. Admission trouble is thrown here, before the first byte. */
  open(offset: number, length: number, signal: AbortSignal): Promise<AsyncIterable<Bytes>>;
}

export type ChainObjectKind = "keyring" | "vbm";

export interface ChainObject {
  readonly version: number;
  readonly sha256: string;
  readonly bytes: Bytes;
}

/** What the edge needs of a vault. Every method throws Failures with the codes of PROTOCOL.md. */
export interface VaultBackend {
  hello(): Hello;
  enrol(input: EnrolRequest, caller: VaultCaller): Promise<EnrolReply>;
  /** @throws unauthenticated `vault.token_invalid`. */
  authenticate(token: string, caller: VaultCaller): Promise<VaultSession>;
}

/** One authenticated caller. The edge lets a `restore` session call reading methods only. */
export interface VaultSession {
  readonly access: "device" | "restore";
  device(): Promise<DeviceReply>;
  report(input: RunReport): Promise<void>;
  /**
   * What the device is to follow. When it still is what `known` names, waits up to `waitMs` for a change; null: none came.
   * Device tokens only.
   */
  policy(known: string | null, waitMs: number, signal: AbortSignal): Promise<StandingPolicy | null>;
  /** @throws not_found unless the policy is assigned to this device. */
  acknowledgePolicy(input: PolicyAcknowledgement): Promise<void>;
  putChain(chainId: string, input: ChainRequest): Promise<ChainState>;
  chain(chainId: string): Promise<ChainState>;
  openUpload(input: OpenUploadRequest): Promise<{ readonly upload: UploadReply; readonly created: boolean }>;
  upload(uploadId: string, page: { readonly after: number; readonly limit: number }): Promise<UploadPartsReply>;
  /** `holes`: zeros that the body leaves out. */
  putPart(uploadId: string, n: number, offset: number, body: RawBody, holes: readonly PartHole[]): Promise<PartState>;
  putBlockMap(uploadId: string, body: RawBody): Promise<void>;
  compose(uploadId: string, input: ComposeRequest): Promise<void>;
  commit(uploadId: string, input: CommitRequest): Promise<CommitReply>;
  abortUpload(uploadId: string): Promise<void>;
  files(query: PageQuery): Promise<FilesReply>;
  file(fileId: string): Promise<StoredBody>;
  blockMap(fileId: string): Promise<StoredBody>;
  /**
   * Bytes of a committed file once more, for stored parts that are damaged. Nothing is changed by bytes that are not the
   * ones that stood there. @throws conflict `vault.mend_differs`.
   */
  mend(fileId: string, offset: number, body: RawBody): Promise<void>;
  points(query: PageQuery): Promise<PointsReply>;
  deletePoint(pointId: string): Promise<void>;
  /** `expected`: the version to replace, 0 for the first. */
  putObject(chainId: string, kind: ChainObjectKind, expected: number, body: RawBody): Promise<ObjectPutReply>;
  /** Null when the chain has no such object yet. @throws not_found when chain or version do not exist. */
  object(chainId: string, kind: ChainObjectKind, version: number | null): Promise<ChainObject | null>;
  /** Versions of a chain's keyring, ascending: of many the oldest and the newest. */
  keyringVersions(chainId: string): Promise<KeyringVersions>;
}
