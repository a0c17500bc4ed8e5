import { type TenantReply, tenantSchema, unvettedLimits } from "@casaforte/contract/tenants";
import { ProblemAlert } from "@casaforte/ui-kit";
import { callChecked } from "@casaforte/ui-kit/console";
import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { tenantQuery } from "../queries.ts";
import { useT } from "../translate.ts";

export interface VettingProps {
  readonly tenant: TenantReply;
  readonly mayVet: boolean;
}

/** What an organisation that signed itself up may not yet, and the button that ends it (R73). */
export function Vetting({ tenant, mayVet }: VettingProps) {
  const t = useT();
  const client = useQueryClient();
  const vet = useMutation({
    mutationFn: () => callChecked(`/api/tenants/${tenant.tenantId}/vet`, { body: {}, reply: tenantSchema }),
    onSuccess: async (vetted) => {
      client.setQueryData(tenantQuery(tenant.tenantId).queryKey, vetted);
      await client.invalidateQueries({ queryKey: ["tenants", "list"] });
    },
  });
  return (
    <div aria-live="polite">
      {vet.isSuccess ? (
        <Alert color="green" variant="light" title={t("tenants.vetted", { name: tenant.name })} />
      ) : null}
      {tenant.vetted || tenant.state === "departed" ? null : (
        <Alert color="orange" variant="light" title={t("tenants.vetTitle")}>
          <Stack gap="sm" align="flex-start">
            <Text size="sm">{t("tenants.vetHint", unvettedLimits)}</Text>
            <ProblemAlert error={vet.error} />
            {mayVet ? (
              <Group>
                <Button loading={vet.isPending} onClick={() => vet.mutate()}>
                  {t("tenants.vet")}
                </Button>
              </Group>
            ) : null}
          </Stack>
        </Alert>
      )}
    </div>
  );
}
