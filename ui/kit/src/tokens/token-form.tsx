import { createdApiTokenSchema } from "@casaforte/contract/tokens";
import {
  Alert,
  Anchor,
  Button,
  Fieldset,
  Group,
  NativeSelect,
  SimpleGrid,
  Stack,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { ProblemAlert } from "../components/states.tsx";
import { callChecked } from "../console/call-checked.ts";
import { useSession } from "../console/session.ts";
import { useGuarded } from "../security/use-guarded.tsx";
import { type Level, levelsOf } from "./scopes.ts";
import { type TokenArea, type TokenObjects, tokensQuery, useTokenDesk, useTokenText } from "./token-text.ts";

const lives = [30, 90, 180, 365] as const;
const dayMs = 86_400_000;

export interface TokenFormProps {
  /** What the person's own rights could give. */
  readonly grantable: readonly string[];
  readonly onMade: (secret: string) => void;
}

/** Everything that is asked for a new token. */
export function TokenForm({ grantable, onMade }: TokenFormProps) {
  const t = useTokenText();
  const desk = useTokenDesk();
  const { session } = useSession();
  const client = useQueryClient();
  const { run, dialog } = useGuarded();
  const [name, setName] = useState("");
  const [days, setDays] = useState("90");
  const [levels, setLevels] = useState<Partial<Record<TokenArea, Level>>>({});
  const [networks, setNetworks] = useState("");
  const [bound, setBound] = useState<TokenObjects>({ spaceIds: [], domainIds: [] });
  const [code, setCode] = useState("");
  const chosen = desk.areas.filter((area) => (levels[area] ?? "none") !== "none");
  const objects = desk.objects?.(chosen, bound, setBound) ?? null;
  const make = useMutation({
    mutationFn: () =>
      run(() =>
        callChecked(desk.path, {
          reply: createdApiTokenSchema,
          body: {
            name,
            scopes: chosen.map((area) => `${area}:${levels[area] ?? "read"}`),
            ...(objects === null
              ? {}
              : {
                  spaceIds: chosen.includes("backup") ? bound.spaceIds : [],
                  domainIds: chosen.includes("mail") ? bound.domainIds : [],
                }),
            networks: networks.split(/[\s,;]+/).filter((line) => line !== ""),
            expiresAt: new Date(Date.now() + Number(days) * dayMs).toISOString(),
            ...(code.trim() === "" ? {} : { code: code.trim() }),
          },
        }),
      ),
    onSuccess: async ({ secret }) => {
      await client.invalidateQueries({ queryKey: tokensQuery(desk).queryKey });
      onMade(secret);
    },
  });
  if (!session.hasTotp && !session.hasPasskey)
    return (
      <Alert color="yellow">
        <Stack align="flex-start">
          <Text>{t("tokens.needsFactor")}</Text>
          <Anchor href="/security">{t("tokens.toSecurity")}</Anchor>
        </Stack>
      </Alert>
    );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate();
  };
  return (
    <>
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            label={t("tokens.name")}
            description={t("tokens.nameHint")}
            required
            maxLength={100}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            data-autofocus
          />
          <NativeSelect
            label={t("tokens.life")}
            value={days}
            onChange={(event) => setDays(event.currentTarget.value)}
            data={lives.map((life) => ({ value: String(life), label: t("tokens.days", { days: life }) }))}
          />
          <Fieldset legend={t("tokens.rights")}>
            <Text size="xs" c="dimmed" mb="xs">
              {t("tokens.rightsHint")}
            </Text>
            <SimpleGrid cols={{ base: 1, xs: 2 }}>
              {desk.areas
                .filter((area) => levelsOf(grantable, area).length > 1)
                .map((area) => (
                  <NativeSelect
                    key={area}
                    label={t(`tokens.area.${area}`)}
                    value={levels[area] ?? "none"}
                    onChange={(event) => setLevels({ ...levels, [area]: event.currentTarget.value as Level })}
                    data={levelsOf(grantable, area).map((level) => ({
                      value: level,
                      label: t(`tokens.${level}.area`),
                    }))}
                  />
                ))}
            </SimpleGrid>
          </Fieldset>
          {objects}
          <Textarea
            label={t("tokens.networks")}
            description={t("tokens.networksHint")}
            rows={2}
            maxLength={1000}
            value={networks}
            onChange={(event) => setNetworks(event.currentTarget.value)}
          />
          {session.hasTotp ? (
            <TextInput
              label={t("tokens.code")}
              inputMode="numeric"
              autoComplete="one-time-code"
              required
              maxLength={12}
              w={320}
              value={code}
              onChange={(event) => setCode(event.currentTarget.value)}
            />
          ) : null}
          <ProblemAlert error={make.error} />
          <Group justify="flex-end">
            <Button type="submit" loading={make.isPending} disabled={chosen.length === 0}>
              {t("tokens.create")}
            </Button>
          </Group>
        </Stack>
      </form>
      {dialog}
    </>
  );
}
