import { Card, Switch, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
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
  /** Shown from the click to the answer; a mutation's own state arrives a moment too late for a checkbox. */
  const [wanted, setWanted] = useState<boolean | null>(null);
  const change = useMutation({
    mutationFn: (next: boolean) => run(() => people.setPolicy(next)),
    onSuccess: (reply) => client.setQueryData(["tenant"], reply),
    onSettled: () => setWanted(null),
  });
  return (
    <Card withBorder>
      <Loaded query={tenant}>
        {({ requireTwoFactor }) => (
          <Switch
            label={t("people.policy.title")}
            description={t(requireTwoFactor ? "people.policy.on" : "people.policy.off")}
            checked={wanted ?? requireTwoFactor}
            disabled={!mayChange || change.isPending}
            onChange={(event) => {
              setWanted(event.currentTarget.checked);
              change.mutate(event.currentTarget.checked);
            }}
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
