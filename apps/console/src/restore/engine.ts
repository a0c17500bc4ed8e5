import { Failure } from "@casaforte/kernel";
import { type OpenPoint, openPoint } from "./open-point.ts";
import { previewOf } from "./preview.ts";
import type { PointToOpen, RestoreCalls, SaveProgress, Secret, Sink } from "./protocol.ts";
import { measure, save } from "./save.ts";
import { Tree } from "./tree.ts";
import { versionsOf } from "./versions.ts";

type Calls = {
  readonly [Name in keyof RestoreCalls]: (
    ...args: Parameters<RestoreCalls[Name]>
  ) => Promise<ReturnType<RestoreCalls[Name]>>;
};

interface State {
  readonly point: OpenPoint;
  readonly tree: Tree;
}

/** The restore in one place: keys, tree and saving. It lives in a worker, so that the page stays quick and never has a key. */
export function createEngine(
  onProgress: (progress: SaveProgress) => void,
): Calls & { readonly isSaving: () => boolean } {
  let state: State | null = null;
  let life = new AbortController();
  let saving: AbortController | null = null;
  let searching: AbortController | null = null;
  let looking: AbortController | null = null;

  const opened = (): State => {
    if (state === null) throw new Failure("unauthenticated", "restore.locked", "the point is not open");
    return state;
  };
  const look = (): AbortSignal => {
    looking?.abort();
    looking = new AbortController();
    return looking.signal;
  };
  const lock = () => {
    life.abort();
    saving?.abort();
    searching?.abort();
    looking?.abort();
    state?.point.close();
    state = null;
    life = new AbortController();
  };

  return {
    isSaving: () => saving !== null,
    async unlock(point: PointToOpen, secret: Secret) {
      lock();
      const mine = life;
      const found = await openPoint(point, secret, () => mine.signal);
      if (mine.signal.aborted) {
        found.close();
        throw new Failure("cancelled", "restore.cancelled", "stopped");
      }
      state = { point: found, tree: new Tree(found.arena) };
      const { entries, logicalBytes } = found.arena.superblock;
      return { entries, logicalBytes };
    },
    list: async (id) => opened().tree.list(id),
    async search(text) {
      searching?.abort();
      const mine = new AbortController();
      searching = mine;
      return opened().tree.search(text, mine.signal);
    },
    measure: async (ids) => measure(opened().tree, ids, life.signal),
    async save(ids: readonly number[], sink: Sink) {
      const { tree } = opened();
      if (saving !== null) throw new Failure("conflict", "restore.busy", "a restore is running");
      const mine = new AbortController();
      saving = mine;
      try {
        return await save({ tree, ids, sink, signal: mine.signal, onProgress });
      } finally {
        saving = null;
      }
    },
    async versions(id) {
      const { point, tree } = opened();
      return versionsOf(point, tree, id, look());
    },
    async preview(id) {
      return previewOf(opened().tree.node(id), look());
    },
    async endLook() {
      looking?.abort();
    },
    async cancel() {
      saving?.abort();
    },
    async lock() {
      lock();
    },
  };
}
