import { flushCompileCache } from "node:module";
import { afterAll } from "vitest";
import "./equal-bytes.test-support.ts";

// A worker of the tests is ended by a signal, which leaves no time to keep what it compiled for the next one.
afterAll(() => flushCompileCache());
