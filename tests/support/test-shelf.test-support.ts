import { openTestShelf } from "@casaforte/platform/db";
import { MemoryLogger } from "@casaforte/testkit";

/** Once for a run, before the first worker: a database cluster that every test copies. */
export const setup = (): Promise<() => Promise<void>> => openTestShelf(new MemoryLogger());
