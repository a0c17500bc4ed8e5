import { auditVerificationReplySchema } from "@casaforte/contract/audit";
import { Alert, Button, Group, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { ProblemAlert } from "../components/states.tsx";
import { callChecked } from "../console/call-checked.ts";
import { useAuditText } from "./audit-text.ts";

/** Recomputes the chain of the log now and says whether somebody changed it. */
export function ChainCheck({ tenantId }: { readonly tenantId: string | undefined }) {
  const t = useAuditText();
  const check = useMutation({
    mutationFn: () =>
      callChecked("/api/audit/verification", { query: { tenantId }, reply: auditVerificationReplySchema }),
  });
  return (
    <>
      <Group>
        <Text size="sm" c="dimmed" flex={1} miw={240}>
          {t("audit.chainHint")}
        </Text>
        <Button variant="default" loading={check.isPending} onClick={() => check.mutate()}>
          {t("audit.check")}
        </Button>
      </Group>
      <ProblemAlert error={check.error} />
      <div aria-live="polite">
        {check.data === undefined ? null : check.data.findings.length === 0 ? (
          <Alert color="green" variant="light" title={t("audit.intact", { count: check.data.chained })} />
        ) : (
          <Alert color="red" variant="light" title={t("audit.changed", { count: check.data.findings.length })}>
            {t("audit.changedHint")}
          </Alert>
        )}
      </div>
    </>
  );
}
