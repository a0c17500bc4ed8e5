import { expect, test } from "vitest";
import { ApiProblem, isUnanswered } from "./http.ts";
import { keyOfAct, noteAnswer, noteOtherAct } from "./send-once.ts";

const path = "/api/departure/services";
const minuteMs = 60_000;

test("an act keeps its key until it is done, through refusals, for five minutes, and until something else was changed", () => {
  const first = keyOfAct(path, "{}", 0);
  for (const status of [403, 409, 503]) {
    noteAnswer(path, "{}", status);
    expect(keyOfAct(path, "{}", minuteMs)).toBe(first);
  }
  expect(keyOfAct(path, '{"a":1}', 0)).not.toBe(first);
  const later = keyOfAct(path, "{}", 5 * minuteMs);
  expect(later).not.toBe(first);
  noteAnswer(path, "{}", 201);
  const second = keyOfAct(path, "{}", 6 * minuteMs);
  expect(second).not.toBe(later);
  noteOtherAct();
  expect(keyOfAct(path, "{}", 6 * minuteMs)).not.toBe(second);
  expect(keyOfAct("/api/departure", "{}", 0)).not.toBeNull();
  expect(keyOfAct("/api/departure/erasure", "{}", 0)).toBeNull();
});

test("whether an act was done is not known while its first try still runs", () => {
  const said = [new ApiProblem(409, "idempotency.running", ""), new ApiProblem(409, "departure.standing", "")];
  expect(said.map(isUnanswered)).toEqual([true, false]);
});
