import type { Grant, GrantScope } from "@casaforte/contract/grants";
import { callApi, ProblemAlert } from "@casaforte/ui-kit";
import { useGuarded } from "@casaforte/ui-kit/security";
import { Button, Group, NumberInput, Radio, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { grantsQuery, useGrantText } from "./grant-text.tsx";

/** Yes, for less than was asked too, or no. */
export function AnswerGrant({ grant, onDone }: { readonly grant: Grant; readonly onDone: () => void }) {
  const t = useGrantText();
  const client = useQueryClient();
  const { run, dialog } = useGuarded();
  const [scope, setScope] = useState<GrantScope>(grant.askedScope);
  const [hours, setHours] = useState<number | string>(grant.askedHours);
  const answer = useMutation({
    mutationFn: (how: "grant" | "refuse") =>
      run(() =>
        callApi(`/api/support-access/${grant.id}/${how}`, {
          method: "POST",
          ...(how === "grant" ? { body: { scope, hours: Number(hours) } } : {}),
        }),
      ),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: grantsQuery.queryKey });
      onDone();
    },
  });
  return (
    <Stack>
      <Text style={{ overflowWrap: "anywhere" }}>{grant.reason}</Text>
      {grant.askedScope === "act" ? (
        <Radio.Group
          label={t("grants.what")}
          description={t("grants.actHint")}
          value={scope}
          onChange={(value) => setScope(value as GrantScope)}
        >
          <Stack gap="xs" mt="xs">
            <Radio value="read" label={t("grants.scope.read")} />
            <Radio value="act" label={t("grants.scope.act")} />
          </Stack>
        </Radio.Group>
      ) : null}
      <NumberInput
        label={t("grants.hours")}
        min={1}
        max={grant.askedHours}
        allowDecimal={false}
        value={hours}
        onChange={setHours}
        w={200}
      />
      <ProblemAlert error={answer.error} />
      <Group justify="flex-end">
        <Button variant="default" loading={answer.isPending} onClick={() => answer.mutate("refuse")}>
          {t("grants.refuse")}
        </Button>
        <Button loading={answer.isPending} disabled={Number(hours) < 1} onClick={() => answer.mutate("grant")}>
          {t("grants.allow")}
        </Button>
      </Group>
      {dialog}
    </Stack>
  );
}
