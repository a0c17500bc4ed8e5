import { expect, test } from "vitest";
import { readViesAnswer } from "./ask-vies.ts";
import { words } from "./billing.ts";

test("R47: only a clear yes or no of VIES counts; every other answer is an outage", () => {
  const yes = { isValid: true, userError: "VALID", requestIdentifier: "W1", requestDate: "2026-11-10", name: "X" };
  expect(readViesAnswer(yes)).toMatchObject({ outcome: "valid", evidence: { requestIdentifier: "W1" } });
  expect(readViesAnswer({ isValid: false, userError: "INVALID" }).outcome).toBe("invalid");
  for (const answer of [
    { isValid: false, userError: "MS_UNAVAILABLE" },
    { isValid: true, userError: "TIMEOUT" },
    { isValid: "true", userError: "VALID" },
    { actionSucceed: false },
    null,
    "VALID",
    [],
  ])
    expect(readViesAnswer(answer).outcome).toBe("unavailable");
});

test("R96: mails about money say amount, number and day in both languages", () => {
  for (const language of ["it", "en"] as const) {
    const values = { number: "CF-2026-1", totalCents: "123456", dueOn: "2026-12-10", step: "1", service: "Posta" };
    for (const kind of ["invoice_issued", "reminder"] as const) {
      const { subject, text } = words({ kind, values }, language);
      expect(subject).toContain("CF-2026-1");
      expect(text).toContain(language === "it" ? "1234,56 €" : "€1234.56");
      expect(text).toContain("2026-12-10");
    }
    expect(
      words({ kind: "budget", values: { percent: "80", totalCents: "1", budgetCents: "2" } }, language).text,
    ).toContain("80 %");
  }
});
