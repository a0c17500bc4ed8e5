import { afterAll, beforeAll, expect, test } from "vitest";
import { fromBase32 } from "./base32.test-support.ts";
import { caller, goodPassword, startIdentityBench } from "./identity-bench.test-support.ts";
import { hotp, totpStep } from "./totp.ts";

let bench: Awaited<ReturnType<typeof startIdentityBench>>;
beforeAll(async () => {
  bench = await startIdentityBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

test("R59: links that set a new password, one after another, give no more tries at the second factor", async () => {
  const login = "reset@example.test";
  await bench.newPerson(await bench.newTenant(), login);
  const first = await bench.identity.signIn({ realm: "user", login, password: goodPassword, ...caller });
  if (first.step !== "signed_in") throw new Error("the person has a second factor already");
  const { secret } = await bench.identity.enrolTotp(first.session);
  const seed = fromBase32(secret);
  const codeOf = (offset = 0n) => hotp(seed, totpStep(bench.clock.nowMs()) + offset);
  await bench.identity.confirmTotpEnrolment(first.session, codeOf());
  let network = 0;
  // Each try from a network of its own, so that the account alone is counted.
  const from = () => ({ ...caller, ip: `2001:db8:${(++network).toString(16)}:1::1` });
  const wrong = () => {
    const right = [-1n, 0n, 1n].map(codeOf);
    return ["000000", "000001", "000002", "000003"].find((code) => !right.includes(code)) ?? "";
  };
  let password = goodPassword;
  let lookedAt = 0;
  for (let round = 0; round < 4; round++) {
    for (let signIn = 0; signIn < 3; signIn++) {
      const pending = await bench.identity.signIn({ realm: "user", login, password, ...from() });
      if (pending.step !== "second_factor") throw new Error("no second factor was asked for");
      const { pendingToken } = pending;
      for (let guess = 0; guess < 5; guess++) {
        const proof = { method: "totp", code: wrong() } as const;
        const answer = bench.identity.completeSecondFactor({ realm: "user", pendingToken, proof, ...from() });
        await answer.catch(({ code }: { code: string }) => code === "identity.bad_code" && lookedAt++);
      }
    }
    bench.mails.length = 0;
    await bench.identity.requestPasswordReset({ realm: "user", login, ip: "192.0.2.1" });
    const link = bench.mails.find(({ template }) => template === "password_reset")?.values["link"] ?? "";
    password = `un altro giro di vento numero ${round}`;
    await bench.identity.confirmPasswordReset({ realm: "user", token: link.split("#")[1] ?? "", password, ...from() });
  }
  expect(lookedAt).toBe(10);
});
