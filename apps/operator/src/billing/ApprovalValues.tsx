import type { ApprovalReply } from "@casaforte/contract/approvals";
import { useFormat } from "@casaforte/ui-kit";
import { List } from "@mantine/core";
import { useBillingText, useMoney } from "./billing-text.tsx";

/** What the approval would do, in words: amounts in euros, days as days, and no ids, which nobody can check. */
export function ApprovalValues({ payload }: Pick<ApprovalReply, "payload">) {
  const t = useBillingText();
  const format = useFormat();
  const money = useMoney();
  const said = (name: string, value: unknown): string | null => {
    const text = String(value);
    if (name === "priceMicros") return t("approvals.price", { price: money.micros(Number(value)) });
    if (name === "basisPoints") return t("approvals.rate", { rate: format.number(Number(value) / 100) });
    if (name === "validFrom") return t("approvals.from", { date: format.dateTime(Date.parse(text)) });
    if (name === "unit") return t(value === "hour" ? "approvals.hour" : "approvals.month");
    if (name === "severity")
      return t("approvals.severity", { severity: isSeverity(text) ? t(`approvals.severity.${text}`) : text });
    if (name === "outcome") return t(value === "upheld" ? "approvals.upheld" : "approvals.rejected");
    if (name === "facts" || name === "reason" || name === "text") return t(`approvals.${name}`, { text });
    if (name === "clause") return t("approvals.clause", { clause: text });
    return name.endsWith("Id") || name === "proposedBy" ? null : text;
  };
  const lines = Object.entries(payload).flatMap(([name, value]) => said(name, value) ?? []);
  return (
    <List size="sm" listStyleType="none" style={{ overflowWrap: "anywhere" }}>
      {lines.map((line) => (
        <List.Item key={line}>{line}</List.Item>
      ))}
    </List>
  );
}

const severities = ["minor", "serious", "grave"] as const;
const isSeverity = (text: string): text is (typeof severities)[number] =>
  (severities as readonly string[]).includes(text);
