import { ProblemAlert } from "@casaforte/ui-kit";
import { Button, Group, NativeSelect, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { MethodProblem } from "../jmap/batcher.ts";
import type { MailClient } from "../jmap/client.ts";
import type { Identity, SetReply } from "../jmap/types.ts";
import { useT } from "../translate.ts";

/** Name and signature of each address that one may write from, one at a time. */
export function IdentityForm({ client }: { readonly client: MailClient }) {
  const t = useT();
  const { identities } = client.store.state;
  const [chosen, setChosen] = useState(identities[0]?.id);
  const identity = identities.find(({ id }) => id === chosen) ?? identities[0];
  if (identity === undefined) return null;
  return (
    <Stack maw={480}>
      {identities.length === 1 ? null : (
        <NativeSelect
          label={t("settings.identity.address")}
          data={identities.map(({ id, email }) => ({ value: id, label: email }))}
          value={identity.id}
          onChange={(event) => setChosen(event.currentTarget.value)}
        />
      )}
      <OneIdentity key={identity.id} client={client} identity={identity} />
    </Stack>
  );
}

function OneIdentity({ client, identity }: { readonly client: MailClient; readonly identity: Identity }) {
  const t = useT();
  const [name, setName] = useState(identity.name);
  const [signature, setSignature] = useState(identity.textSignature);
  const [state, setState] = useState<"idle" | "busy" | "saved">("idle");
  const [error, setError] = useState<unknown>(null);
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setState("busy");
    setError(null);
    try {
      const reply = await client.batcher.call<SetReply>("Identity/set", {
        accountId: client.accountId,
        update: { [identity.id]: { name, textSignature: signature, htmlSignature: "" } },
      });
      const refused = reply.notUpdated?.[identity.id];
      if (refused !== undefined) throw new MethodProblem(refused.type, refused.description ?? "", refused.code);
      await client.sync();
      setState("saved");
    } catch (problem) {
      setError(problem);
      setState("idle");
    }
  };
  return (
    <form onSubmit={(event) => void save(event)}>
      <Stack>
        <TextInput
          label={t("settings.identity.name")}
          description={identity.email}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Textarea
          label={t("settings.identity.signature")}
          minRows={3}
          autosize
          value={signature}
          onChange={(event) => setSignature(event.currentTarget.value)}
        />
        <ProblemAlert error={error} />
        <Group>
          <Button type="submit" variant="default" loading={state === "busy"}>
            {t("kit.save")}
          </Button>
          <Text size="sm" c="dimmed" aria-live="polite">
            {state === "saved" ? t("kit.saved") : ""}
          </Text>
        </Group>
      </Stack>
    </form>
  );
}
