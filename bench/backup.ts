import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Endpoints } from "../tests/support/product.ts";
import { changes, makeChanged, makeLarge, makeSmall, makeTiny } from "./backup-data.ts";
import { type BackupTool, bytesUnder, emptied, openBorg, openCounter, openOurs, openRestic } from "./backup-tools.ts";
import type { Figure } from "./figures.ts";
import { cpuSecondsOf, type RunFigures, watchResident } from "./process-figures.ts";

export interface BackupSizes {
  readonly largeFiles: number;
  readonly largeMebibytesEach: number;
  readonly smallFiles: number;
  /** Two trees of tiny files, for the memory of the catalogue; none in the quick run. */
  readonly treeSizes: readonly number[];
  readonly repeat: number;
}

/** What `--only` can name. */
export const backupParts = ["first", "unchanged", "changed", "restore", "sizes", "one-file", "memory"] as const;
export type BackupPart = (typeof backupParts)[number];
export type Wants = (...parts: readonly BackupPart[]) => boolean;

type Change = keyof typeof changes;

/** Figures of one tool in one round; absent where the tool, or the part, is not asked. */
interface Round {
  firstLarge?: RunFigures;
  firstSmall?: RunFigures;
  storedLarge?: number | null;
  unchanged?: RunFigures;
  readonly changed: Partial<Record<Change, { readonly run: RunFigures; readonly storedBytes: number | null }>>;
  restoreLarge?: number;
  restoreSmall?: number;
  peakMebibytes: number;
}

interface Sets {
  readonly large: string;
  readonly largeBytes: number;
  readonly small: string;
  readonly smallBytes: number;
  readonly changed: Readonly<Record<Change, string>>;
  /** Every tool sees its data under this path. */
  readonly source: string;
}

function makeSets(work: string, sizes: BackupSizes): Sets {
  const large = join(work, "A");
  const largeBytes = makeLarge(large, sizes.largeFiles, sizes.largeMebibytesEach);
  const small = join(work, "B");
  const smallBytes = makeSmall(small, sizes.smallFiles);
  const changed = { C: join(work, "C"), C64: join(work, "C64"), CU: join(work, "CU") };
  for (const name of ["C", "C64", "CU"] as const) makeChanged(large, changed[name], sizes.largeFiles, changes[name]);
  const source = join(work, "source");
  mkdirSync(source);
  return { large, largeBytes, small, smallBytes, changed, source };
}

/** Puts a set where the tools look, and back again. */
async function withSet<T>(sets: Sets, set: string, act: () => Promise<T>): Promise<T> {
  const place = join(sets.source, "data");
  renameSync(set, place);
  try {
    return await act();
  } finally {
    renameSync(place, set);
  }
}

/**
 * Into a place of its own that stays until the end: for five minutes ext4 looks at each number of a deleted file before it
 * takes another, so a tree deleted now makes the next tool's restore slower.
 */
async function restored(tool: BackupTool, work: string, expectedBytes: number): Promise<number> {
  const target = mkdtempSync(join(work, "restored-"));
  const { seconds } = await tool.restore(target);
  const bytes = bytesUnder(target);
  // A restore that wrote less than was saved is no restore.
  if (bytes !== expectedBytes) throw new Error(`restored ${bytes} of ${expectedBytes} bytes`);
  return seconds;
}

type Opener = () => Promise<BackupTool>;

/** Large files: the first backup, the restore, and what changed. */
async function largeRound(open: Opener, work: string, sets: Sets, wants: Wants): Promise<Omit<Round, "peakMebibytes">> {
  const tool = await open();
  const backup = () => tool.backup(sets.source);
  const firstLarge = await withSet(sets, sets.large, backup);
  const result: Omit<Round, "peakMebibytes"> = { firstLarge, storedLarge: await tool.storedBytes(), changed: {} };
  if (wants("restore"))
    result.restoreLarge = await withSet(sets, sets.large, () => restored(tool, work, sets.largeBytes));
  if (!wants("changed")) return result;
  for (const name of ["C", "C64", "CU"] as const) {
    // Each change is against the set itself: what the one before stored of its own is in nobody's way.
    const before = await tool.storedBytes();
    const run = await withSet(sets, sets.changed[name], backup);
    const after = await tool.storedBytes();
    result.changed[name] = { run, storedBytes: before === null || after === null ? null : after - before };
    await withSet(sets, sets.large, backup);
  }
  return result;
}

/** Small files: the first backup, one of nothing new, the restore. */
async function smallRound(open: Opener, work: string, sets: Sets, wants: Wants): Promise<Partial<Round>> {
  const tool = await open();
  return withSet(sets, sets.small, async () => {
    const firstSmall = await tool.backup(sets.source);
    const result: Partial<Round> = { firstSmall };
    if (wants("unchanged")) result.unchanged = await tool.backup(sets.source);
    if (wants("restore")) result.restoreSmall = await restored(tool, work, sets.smallBytes);
    return result;
  });
}

async function round(open: Opener, work: string, sets: Sets, wants: Wants): Promise<Round> {
  const large = wants("first", "changed", "restore") ? await largeRound(open, work, sets, wants) : { changed: {} };
  const small = wants("first", "unchanged", "restore") ? await smallRound(open, work, sets, wants) : {};
  const all: Omit<Round, "peakMebibytes"> = { ...small, ...large };
  const runs = [all.firstLarge, all.firstSmall, all.unchanged, ...Object.values(all.changed).map(({ run }) => run)];
  return { ...all, peakMebibytes: Math.max(...runs.map((run) => run?.peakMebibytes ?? 0)) };
}

type Pick = (one: Round) => number | null | undefined;

const picked = (rounds: readonly Round[], pick: Pick): number[] =>
  rounds.map(pick).filter((value): value is number => typeof value === "number");

function figuresOf(
  sets: Sets,
  ours: readonly Round[],
  peers: Readonly<Record<string, readonly Round[]>>,
  wants: Wants,
): Figure[] {
  const figures: Figure[] = [];
  const add = (work: string, unit: string, better: Figure["better"], pick: Pick, only?: string) => {
    if (picked(ours, pick).length === 0) return;
    for (const [peerName, rounds] of Object.entries(peers)) {
      if (only !== undefined && only !== peerName) continue;
      figures.push({ work, unit, better, ours: picked(ours, pick), peer: picked(rounds, pick), peerName });
    }
  };
  const speed = (bytes: number, seconds: number | undefined) => seconds && bytes / 1e6 / seconds;
  if (wants("first")) {
    add("first backup, large files", "MB/s", "more", (one) => speed(sets.largeBytes, one.firstLarge?.seconds));
    add("first backup, small files", "MB/s", "more", (one) => speed(sets.smallBytes, one.firstSmall?.seconds));
    add("first backup, large files, processor time", "s", "less", (one) => one.firstLarge?.cpuSeconds);
    add("first backup, small files, processor time", "s", "less", (one) => one.firstSmall?.cpuSeconds);
  }
  add("backup of nothing new, small files", "s", "less", (one) => one.unchanged?.seconds, "restic");
  add("backup of nothing new, processor time", "s", "less", (one) => one.unchanged?.cpuSeconds, "restic");
  for (const name of ["C", "C64", "CU"] as const) {
    add(`backup of 2 % changed, ${name}`, "s", "less", (one) => one.changed[name]?.run.seconds, "restic");
    const stored: Pick = ({ changed }) => {
      const bytes = changed[name]?.storedBytes;
      return typeof bytes === "number" ? bytes / 1e6 : null;
    };
    add(`stored for 2 % changed, ${name}`, "MB", "less", stored, "restic");
  }
  add("full restore, large files", "MB/s", "more", (one) => speed(sets.largeBytes, one.restoreLarge));
  add("full restore, small files", "MB/s", "more", (one) => speed(sets.smallBytes, one.restoreSmall));
  if (!wants("first")) return figures;
  const size: Pick = ({ storedLarge }) => (typeof storedLarge === "number" ? storedLarge / 1e6 : null);
  add("stored in all, large files, LZ4", "MB", "less", size, "restic");
  add("peak memory of a backup", "MiB", "less", (one) => one.peakMebibytes, "restic");
  return figures;
}

const alone = (work: string, unit: string, values: readonly number[]): Figure => ({
  work,
  unit,
  ours: values,
  peer: [],
  peerName: "no peer",
  better: "less",
});

/** One small file out of the end of a chain, on a machine with no cache of it; bytes are counted on the wire. */
async function oneFile(vault: string, token: string, work: string, sets: Sets): Promise<Figure[]> {
  const chainLength = 14;
  const counter = await openCounter(vault);
  try {
    const tool = await openOurs(counter.url, token, work);
    const extra = join(sets.source, "extra");
    await withSet(sets, sets.large, async () => {
      mkdirSync(extra);
      for (let point = 0; point <= chainLength; point++) {
        makeLarge(join(extra, `p${point}`), 1, 1);
        await tool.backup(sets.source);
      }
    });
    const wanted = join(extra, "p7", "big0.bin");
    const seconds: number[] = [];
    const mebibytes: number[] = [];
    for (let run = 0; run < 3; run++) {
      counter.takeBytes();
      const target = emptied(join(work, "restored"));
      seconds.push((await tool.agent("restore", "latest", "--to", target, "--path", wanted)).seconds);
      mebibytes.push(counter.takeBytes() / (1 << 20));
      if (!readFileSync(join(target, wanted)).equals(readFileSync(wanted))) throw new Error("another file came back");
    }
    rmSync(extra, { recursive: true });
    return [
      alone("one 1 MiB file out of a chain of 14, whole command", "s", seconds),
      alone("the same, bytes from the vault", "MiB", mebibytes),
    ];
  } finally {
    await counter.close();
  }
}

export interface BackupBenchInput {
  readonly endpoints: Endpoints;
  /** Of the server, whose CPU time is counted with that of its children. */
  readonly serverPid: number;
  readonly enrol: (name: string) => Promise<string>;
  readonly work: string;
  readonly sizes: BackupSizes;
  readonly wants: Wants;
}

/** A first backup for itself: server CPU time for each GB stored, and the room zstd needs. */
async function compressedSmaller(input: BackupBenchInput, sets: Sets): Promise<Figure[]> {
  const { endpoints, enrol, work, serverPid } = input;
  const perGigabyte: number[] = [];
  const sizes: Record<"lz4" | "zstd", number> = { lz4: 0, zstd: 0 };
  for (const profile of ["lz4", "zstd"] as const) {
    const tool = await openOurs(endpoints.vault, await enrol(`bench ${profile}`), work, ["--compression", profile]);
    const before = cpuSecondsOf(serverPid);
    await withSet(sets, sets.large, () => tool.backup(sets.source));
    sizes[profile] = (await tool.storedBytes()) ?? 0;
    perGigabyte.push((cpuSecondsOf(serverPid) - before) / (sizes[profile] / 1e9));
  }
  const restic = await openRestic(work);
  await withSet(sets, sets.large, () => restic.backup(sets.source));
  const theirs = (await restic.storedBytes()) ?? 0;
  return [
    {
      work: "stored in all, large files, zstd",
      unit: "MB",
      better: "less",
      ours: [sizes.zstd / 1e6],
      peer: [theirs / 1e6],
      peerName: "restic",
    },
    alone("server CPU for each GB stored", "s", perGigabyte),
  ];
}

/** Memory and time by the number of files: neither agent nor server may need more memory for more of them. */
async function memoryByTree({ endpoints, enrol, work, sizes, serverPid }: BackupBenchInput): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const count of sizes.treeSizes) {
    // Making a million files takes so long that the connection to the console would not outlast it.
    const tool = await openOurs(endpoints.vault, await enrol(`bench ${count} files`), work);
    const tree = join(work, "tree");
    makeTiny(tree, count);
    console.error(`  ${count} files are made`);
    for (const [name, words] of [
      ["first", `first backup of ${count} files`],
      ["unchanged", `nothing new in ${count} files`],
    ] as const) {
      const server = watchResident(serverPid);
      const run = await tool.backup(tree).finally(server.stop);
      console.error(`  ${count} files, ${name}: ${run.seconds.toFixed(1)} s`);
      figures.push(
        { ...alone(`peak memory, ${words}`, "MiB", [run.peakMebibytes]), goal: "≤ 300 MiB" },
        alone(`peak memory of the server, ${words}`, "MiB", [server.peakMebibytes()]),
        alone(`time, ${words}`, "s", [run.seconds]),
        alone(`processor time of the agent, ${words}`, "s", [run.cpuSeconds]),
      );
    }
    rmSync(tree, { recursive: true });
  }
  return figures;
}

/**
 * Our agent against the running vault over HTTP, restic and borg against a local directory, on the same trees in turn.
 * Each run is a process of its own, so the start of the program and the stretching of the password are in the figures.
 */
export async function benchBackup(input: BackupBenchInput): Promise<Figure[]> {
  const { endpoints, enrol, work, sizes, wants } = input;
  const hasSets = wants("first", "unchanged", "changed", "restore", "sizes", "one-file");
  if (!hasSets) return wants("memory") ? memoryByTree(input) : [];
  console.error("  making data");
  const sets = makeSets(work, sizes);
  const ours: Round[] = [];
  const peers: { readonly restic: Round[]; readonly borg: Round[] } = { restic: [], borg: [] };
  const hasRounds = wants("first", "unchanged", "changed", "restore");
  for (let turn = 0; turn < (hasRounds ? sizes.repeat : 0); turn++) {
    console.error(`  round ${turn + 1} of ${sizes.repeat}`);
    let opened = 0;
    const open = async () => openOurs(endpoints.vault, await enrol(`bench ${turn}.${opened++}`), work);
    ours.push(await round(open, work, sets, wants));
    peers.restic.push(await round(() => openRestic(work), work, sets, wants));
    peers.borg.push(await round(() => openBorg(work), work, sets, wants));
  }
  console.error("  one file, sizes, memory");
  return [
    ...figuresOf(sets, ours, peers, wants),
    ...(wants("sizes") ? await compressedSmaller(input, sets) : []),
    ...(wants("one-file") ? await oneFile(endpoints.vault, await enrol("bench one file"), work, sets) : []),
    ...(wants("memory") ? await memoryByTree(input) : []),
  ];
}
