import { Card, Switch, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ProblemAlert } from "../components/states.tsx";
import { Loaded } from "../console/loaded.tsx";
import { useGuarded } from "../security/use-guarded.tsx";
import { people } from "./people-api.ts";
import { usePeopleText } from "./people-text.ts";

/** Whether everybody of the organisation needs a second step (R52). Owners decide; the others see it. */
export function TwoFactorPolicy({ mayChange }: { readonly mayChange: boolean }) {
  const t = usePeopleText();
  const client = useQueryClient();
  const { run, dialog } = useGuarded();
  const tenant = useQuery({ queryKey: ["tenant"], queryFn: ({ signal }) => people.tenant(signal) });
  const change = useMutation({
    mutationFn: (wanted: boolean) => run(() => people.setPolicy(wanted)),
    onSuccess: (reply) => client.setQueryData(["tenant"], reply),
  });
  return (
    <Card withBorder>
      <Loaded query={tenant}>
        {({ requireTwoFactor }) => (
          <Switch
            label={t("people.policy.title")}
            description={t(requireTwoFactor ? "people.policy.on" : "people.policy.off")}
            checked={change.isPending ? change.variables : requireTwoFactor}
            disabled={!mayChange || change.isPending}
            onChange={(event) => change.mutate(event.currentTarget.checked)}
          />
        )}
      </Loaded>
      {mayChange ? null : (
        <Text size="sm" c="dimmed" mt="xs">
          {t("people.policy.owners")}
        </Text>
      )}
      <ProblemAlert error={change.error} />
      {dialog}
    </Card>
  );
}
