import { flushCompileCache } from "node:module";
import { afterAll } from "vitest";
import "./equal-bytes.test-support.ts";

// A worker of the tests is ended by a signal, which leaves no time to keep what it compiled for the next one.
afterAll(() => flushCompileCache());

// Set for this process alone: browsers and database servers, many small processes each, only lose by it.
delete process.env["GLIBC_TUNABLES"];
