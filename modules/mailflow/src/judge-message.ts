/** What the checks found about one message for one account. */
export interface Evidence {
  readonly spf: string;
  readonly dkim: string;
  readonly dmarc: string;
  /** Block lists that name the sender's address. */
  readonly listings: readonly string[];
  /** What the account's own lessons say, from 0 (wanted) to 1 (spam); null without enough lessons. */
  readonly bayes: number | null;
  /** Formal oddities of the header. */
  readonly oddities: readonly string[];
  /** Another filter's score, where 1 is its own threshold for spam; null when none was asked. */
  readonly outside: { readonly name: string; readonly part: number } | null;
  /** What a list of the account or its domain says of the sender. */
  readonly rule: "allow" | "deny" | null;
}

export interface Judgement {
  readonly isSpam: boolean;
  readonly score: number;
  /** Short and stable, such as `SPF_FAIL`; with their points. */
  readonly reasons: readonly string[];
}

/** From this score on a message is spam. */
export const spamScore = 5;

const spfPoints: Readonly<Record<string, number>> = { fail: 2.5, softfail: 1, permerror: 0.5, pass: -0.2 };
const dmarcPoints: Readonly<Record<string, number>> = { fail: 2.5, pass: -0.5 };
const dkimPoints: Readonly<Record<string, number>> = { fail: 0.5, pass: -0.2 };
const listingPoints = 3;
const listingPointsMax = 6;
const oddityPoints = 0.7;
/** Another filter saw more of the world than we do: its own threshold alone reaches ours. */
const outsidePoints = spamScore;
const outsidePointsMax = 2 * spamScore;

/** Sure lessons reach the threshold alone; unsure ones only tip the scales. */
function bayesPoints(probability: number): number {
  if (probability >= 0.999) return 5;
  if (probability >= 0.95) return 3.5;
  if (probability >= 0.8) return 1.5;
  if (probability <= 0.01) return -3;
  return probability <= 0.2 ? -1.5 : 0;
}

/** Adds the evidence up. A list of the owner's overrules everything else. */
export function judgeMessage(evidence: Evidence): Judgement {
  const found: (readonly [string, number])[] = [];
  const add = (name: string, points: number | undefined) => {
    if (points !== undefined && points !== 0) found.push([name, points]);
  };
  add(`SPF_${evidence.spf.toUpperCase()}`, spfPoints[evidence.spf]);
  add(`DKIM_${evidence.dkim.toUpperCase()}`, dkimPoints[evidence.dkim]);
  add(`DMARC_${evidence.dmarc.toUpperCase()}`, dmarcPoints[evidence.dmarc]);
  let listed = 0;
  for (const zone of evidence.listings) {
    const points = Math.min(listingPoints, listingPointsMax - listed);
    add(`LISTED_${zone}`, points);
    listed += points;
  }
  if (evidence.bayes !== null) add("LESSONS", bayesPoints(evidence.bayes));
  for (const oddity of evidence.oddities) add(oddity, oddityPoints);
  const { outside } = evidence;
  if (outside !== null)
    add(
      outside.name,
      Math.min(outsidePointsMax, Math.max(-spamScore, Math.round(outside.part * outsidePoints * 10) / 10)),
    );
  const score = Math.round(found.reduce((sum, [, points]) => sum + points, 0) * 10) / 10;
  const reasons = found.map(([name, points]) => `${name}(${points})`);
  if (evidence.rule === "allow") return { isSpam: false, score, reasons: [...reasons, "ALLOWED"] };
  if (evidence.rule === "deny") return { isSpam: true, score, reasons: [...reasons, "DENIED"] };
  return { isSpam: score >= spamScore, score, reasons };
}

/** Fields that say the verdict in the message (the names that filters and mail programs know), each with its CRLF. */
export function spamFields({ isSpam, score, reasons }: Judgement): string {
  const stars = "*".repeat(Math.max(0, Math.min(20, Math.floor(score))));
  return [
    `X-Spam-Flag: ${isSpam ? "YES" : "NO"}`,
    `X-Spam-Score: ${score}`,
    ...(stars === "" ? [] : [`X-Spam-Level: ${stars}`]),
    `X-Spam-Status: ${isSpam ? "Yes" : "No"}, score=${score} required=${spamScore}${reasons.map((one) => `\r\n\t${one}`).join("")}`,
    "",
  ].join("\r\n");
}

/** Formal oddities that programs of honest senders do not produce. */
export function odditiesOf(fields: readonly { readonly name: string; readonly value: string }[]): readonly string[] {
  const count = (name: string) => fields.filter((one) => one.name === name).length;
  const subject = fields.find(({ name }) => name === "subject")?.value ?? "";
  return [
    ...(count("message-id") === 0 ? ["NO_MESSAGE_ID"] : []),
    ...(count("date") === 0 ? ["NO_DATE"] : []),
    ...(count("from") !== 1 ? ["FROM_COUNT"] : []),
    ...(subject.length > 8 && /\p{Lu}/u.test(subject) && subject === subject.toUpperCase() ? ["SHOUTS"] : []),
  ];
}
