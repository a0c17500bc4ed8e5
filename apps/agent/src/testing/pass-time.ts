import type { FakeClock } from "@casaforte/testkit";

const stepMs = 30_000;

/** Moves a clock in steps, so that whatever wakes can act and sleep again before time goes on. */
export async function passTime(clock: FakeClock, ms: number): Promise<void> {
  const untilMs = clock.nowMs() + ms;
  await turns();
  while (clock.nowMs() < untilMs) {
    await clock.advance(Math.min(stepMs, untilMs - clock.nowMs()));
    await turns();
  }
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
