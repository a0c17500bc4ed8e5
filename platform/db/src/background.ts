import { AsyncLocalStorage } from "node:async_hooks";

const current = new AsyncLocalStorage<true>();

/**
 * Runs work for which nobody waits, and all that it starts: its transactions go over connections of their own, so that those
 * of whoever waits keep the plans and caches of what they are asked again and again.
 */
export const inBackground = <T>(work: () => T): T => current.run(true, work);

export const isInBackground = (): boolean => current.getStore() === true;
