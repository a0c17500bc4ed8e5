import { type WebhookEndpoint, webhookSecretReplySchema } from "@casaforte/contract/webhooks";
import { callApi, Dialog, ProblemAlert } from "@casaforte/ui-kit";
import { ConfirmAction, callChecked, RowButton } from "@casaforte/ui-kit/console";
import { useGuarded } from "@casaforte/ui-kit/security";
import { Button, Group, Menu, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Deliveries } from "./Deliveries.tsx";
import { useProgramText, webhooksQuery } from "./program-text.ts";
import { WebhookForm } from "./WebhookForm.tsx";

type Open = "none" | "log" | "change" | "renew" | "delete";

/** What can be done with one webhook. */
export function WebhookActions({
  endpoint,
  onSecret,
}: {
  readonly endpoint: WebhookEndpoint;
  readonly onSecret: (secret: string) => void;
}) {
  const t = useProgramText();
  const client = useQueryClient();
  const { run, dialog } = useGuarded();
  const [open, setOpen] = useState<Open>("none");
  const { id, name, state } = endpoint;
  const close = () => setOpen("none");
  const reread = () => client.invalidateQueries({ queryKey: webhooksQuery.queryKey });
  const move = useMutation({
    mutationFn: (act: "pause" | "resume") => callApi(`/api/webhooks/${id}/${act}`, { method: "POST" }),
    onSuccess: reread,
  });
  const renew = async () => {
    const made = await run(() =>
      callChecked(`/api/webhooks/${id}/secret`, { method: "POST", reply: webhookSecretReplySchema }),
    );
    await reread();
    onSecret(made.secret);
  };
  const remove = async () => {
    await callApi(`/api/webhooks/${id}`, { method: "DELETE" });
    await reread();
  };
  return (
    <>
      <Group gap="xs" wrap="nowrap">
        <Button variant="default" size="xs" onClick={() => setOpen("log")}>
          {t("hooks.log")}
        </Button>
        <Menu position="bottom-end">
          <Menu.Target>
            <RowButton name={t("hooks.actionsOf", { name })}>…</RowButton>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => setOpen("change")}>{t("hooks.change")}</Menu.Item>
            {state === "active" ? (
              <Menu.Item onClick={() => move.mutate("pause")}>{t("hooks.pause")}</Menu.Item>
            ) : (
              <Menu.Item onClick={() => move.mutate("resume")}>{t("hooks.resume")}</Menu.Item>
            )}
            <Menu.Item onClick={() => setOpen("renew")}>{t("hooks.renew")}</Menu.Item>
            <Menu.Item color="red" onClick={() => setOpen("delete")}>
              {t("hooks.delete")}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </Group>
      <ProblemAlert error={move.error} />
      <Dialog title={t("hooks.logTitle", { name })} opened={open === "log"} onClose={close} size="xl">
        <Deliveries endpoint={endpoint} />
      </Dialog>
      <Dialog title={t("hooks.changeOf", { name })} opened={open === "change"} onClose={close} size="lg">
        <WebhookForm before={endpoint} onDone={close} />
      </Dialog>
      <ConfirmAction
        opened={open === "renew"}
        onClose={close}
        title={t("hooks.renewTitle")}
        action={t("hooks.renew")}
        onConfirm={renew}
      >
        <Text>{t("hooks.renewText", { name })}</Text>
      </ConfirmAction>
      <ConfirmAction
        opened={open === "delete"}
        onClose={close}
        title={t("hooks.deleteTitle")}
        action={t("hooks.delete")}
        onConfirm={remove}
      >
        <Text>{t("hooks.deleteText", { name })}</Text>
      </ConfirmAction>
      {dialog}
    </>
  );
}
