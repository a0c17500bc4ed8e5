import { Dialog, ProblemAlert } from "@casaforte/ui-kit";
import { Button, Group, Stack, TextInput, UnstyledButton } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { Icon } from "../icons.tsx";
import { MethodProblem } from "../jmap/batcher.ts";
import type { MailClient } from "../jmap/client.ts";
import type { SetReply } from "../jmap/types.ts";
import { useT } from "../translate.ts";

/** A button at the foot of the mailboxes, and the question it asks. */
export function NewFolder({ client }: { readonly client: MailClient }) {
  const t = useT();
  const [isOpen, setOpen] = useState(false);
  const [name, setName] = useState("");
  const [error, setError] = useState<unknown>(null);
  const create = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setError(null);
    try {
      const reply = await client.batcher.call<SetReply>("Mailbox/set", {
        accountId: client.accountId,
        create: { f: { name: name.trim(), parentId: null } },
      });
      const refused = reply.notCreated?.["f"];
      if (refused !== undefined) throw new MethodProblem(refused.type, refused.description ?? "", refused.code);
      await client.sync();
      setName("");
      setOpen(false);
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <>
      <UnstyledButton className="wm-mailbox wm-new-folder" onClick={() => setOpen(true)}>
        <Icon name="folder" />
        <span className="wm-mailbox-name">{t("mail.newFolder")}…</span>
      </UnstyledButton>
      <Dialog title={t("mail.newFolder")} opened={isOpen} onClose={() => setOpen(false)}>
        <form onSubmit={(event) => void create(event)}>
          <Stack>
            <TextInput
              label={t("mail.newFolder.name")}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              required
              withAsterisk={false}
              data-autofocus
            />
            <ProblemAlert error={error} />
            <Group justify="flex-end">
              <Button variant="default" onClick={() => setOpen(false)}>
                {t("kit.cancel")}
              </Button>
              <Button type="submit">{t("mail.newFolder.create")}</Button>
            </Group>
          </Stack>
        </form>
      </Dialog>
    </>
  );
}
