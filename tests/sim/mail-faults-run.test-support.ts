import type { SimRandom } from "../support/seed.test-support.ts";
import { until } from "../support/until.test-support.ts";
import type { MailFaultsBed } from "./mail-faults-bed.test-support.ts";
import { type Calls, type Fault, type FaultKind, faultKinds } from "./mail-faults-ports.test-support.ts";

/** A session that uses what its protocol has, made for one life and judged behind it. */
export interface FaultScript {
  readonly name: string;
  prepare(): Promise<FaultedLife>;
}

export interface FaultedLife {
  /** The session. @throws Silence. */
  run(): Promise<void>;
  /** Answers that no life without a fault has, in their order. */
  readonly unexpected: readonly string[];
  /** Of an unexpected answer: the other side may try again. */
  readonly temporary: RegExp;
  /** Of an unexpected answer behind a temporary one: it follows from what was not done. */
  readonly following: RegExp;
  /** With everything at work again: what was told against what is there. Returns findings. */
  judge(how: Judging): Promise<readonly string[]>;
}

export interface Judging {
  /** What was refused may have been done: the answer of a commit was lost during it. */
  mayBeDone(act: string): boolean;
}

export interface MailFaultsReport {
  readonly findings: readonly string[];
  readonly lives: number;
  /** Calls of the life without a fault. */
  readonly calls: Calls;
  /** How often each kind of fault fired. */
  readonly fired: Readonly<Partial<Record<FaultKind, number>>>;
}

/** So many of each kind of fault, or all of them. */
export type Sample = { readonly random: SimRandom; readonly ofEachKind: number } | "all";

/** Lives one life without a fault, then one for each fault of the sample. */
export async function runMailFaults(
  office: MailFaultsBed,
  script: FaultScript,
  sample: Sample,
): Promise<MailFaultsReport> {
  const whole = await live(office, script, null);
  const findings = whole.findings.map((finding) => `${script.name}, without a fault: ${finding}`);
  const fired: Partial<Record<FaultKind, number>> = {};
  const faults = findings.length > 0 ? [] : chooseFaults(whole.calls, sample);
  process.stdout.write(`${script.name}: ${faults.map(({ kind, k }) => `${kind} ${k}`).join(", ")}\n`);
  for (const fault of faults) {
    const life = await live(office, script, fault);
    if (life.hasFired) fired[fault.kind] = (fired[fault.kind] ?? 0) + 1;
    for (const finding of life.findings) {
      findings.push(`${script.name}, ${fault.k}: ${fault.kind}: ${finding}`);
      process.stdout.write(`${findings.at(-1)}\n`);
    }
  }
  findings.push(...(await office.findings()).map((finding) => `${script.name}, at the end: ${finding}`));
  return { findings, lives: 1 + faults.length, calls: whole.calls, fired };
}

function chooseFaults(calls: Calls, sample: Sample): readonly Fault[] {
  return (Object.keys(faultKinds) as FaultKind[]).flatMap((kind) => {
    const ks = Array.from({ length: calls[faultKinds[kind]] }, (_, index) => index + 1);
    const chosen = sample === "all" ? ks : draw(ks, sample);
    return chosen.map((k) => ({ kind, k }));
  });
}

function draw(ks: number[], { random, ofEachKind }: Exclude<Sample, "all">): readonly number[] {
  const drawn: number[] = [];
  while (drawn.length < ofEachKind && ks.length > 0) drawn.push(...ks.splice(random.between(0, ks.length - 1), 1));
  return drawn;
}

async function live(
  { plan, bed }: MailFaultsBed,
  script: FaultScript,
  fault: Fault | null,
): Promise<{ readonly findings: readonly string[]; readonly calls: Calls; readonly hasFired: boolean }> {
  const life = await script.prepare();
  // What was believed of the accounts is asked anew, as in a life of its own.
  await bed.clock.advance(believedMsMax);
  const findings: string[] = [];
  const logged = bed.logger.events.length;
  plan.arm(fault);
  await life.run().catch((error: unknown) => void findings.push(String(error)));
  const isOver = await until("the end", () => plan.underWay === 0, { everyMs: 2 }).catch(() => false);
  const calls = { ...plan.disarm() };
  const { firedDuring } = plan;
  if (!isOver) findings.push(`${plan.underWay} transactions or streams are left open`);
  findings.push(...wrongAnswers(life, fault).map((answer) => `answered ${answer}`));
  for (const { level, event, error } of bed.logger.events.slice(logged))
    if (level === "error" && !toldFaults.has(event)) findings.push(`logged ${event}: ${error}`);
  const isUnsure = fault !== null && ["commit unanswered", "transaction broken off"].includes(fault.kind);
  const mayBeDone = (act: string) => isUnsure && firedDuring?.includes(act) === true;
  // A hint that was lost with its commit costs no more than this.
  await bed.clock.advance(believedMsMax);
  findings.push(...(await life.judge({ mayBeDone }).catch((error: unknown) => [`judging: ${error}`])));
  return { findings, calls, hasFired: firedDuring !== null };
}

function wrongAnswers({ unexpected, temporary, following }: FaultedLife, fault: Fault | null): readonly string[] {
  const first = unexpected.findIndex((answer) => temporary.test(answer));
  return unexpected.filter(
    (answer, at) => fault === null || !(temporary.test(answer) || (first >= 0 && at > first && following.test(answer))),
  );
}

/** Longer than views of mailboxes and rooms of accounts are believed. */
const believedMsMax = 2_500;

/** A disk that fails in the middle of a body is told of: the session ends, or the body is left out. */
const toldFaults: ReadonlySet<string> = new Set(["imap.body_broke", "pop3.message_broke", "jmap.body_unread"]);
