import { createdApiTokenSchema, type TokenScope } from "@casaforte/contract/tokens";
import { ProblemAlert } from "@casaforte/ui-kit";
import { callChecked, useSession } from "@casaforte/ui-kit/console";
import { useGuarded } from "@casaforte/ui-kit/security";
import {
  Alert,
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
import { Link } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { ObjectChoice } from "./ObjectChoice.tsx";
import { tokensQuery, useProgramText } from "./program-text.ts";
import { type Area, areas, type Level, levelsOf } from "./scopes.ts";

const lives = [30, 90, 180, 365] as const;
const dayMs = 86_400_000;

export interface TokenFormProps {
  /** What the person's own role could give. */
  readonly grantable: readonly TokenScope[];
  readonly onMade: (secret: string) => void;
}

/** Everything that is asked for a new token. */
export function TokenForm({ grantable, onMade }: TokenFormProps) {
  const t = useProgramText();
  const { session } = useSession();
  const client = useQueryClient();
  const { run, dialog } = useGuarded();
  const [name, setName] = useState("");
  const [days, setDays] = useState("90");
  const [levels, setLevels] = useState<Partial<Record<Area, Level>>>({});
  const [networks, setNetworks] = useState("");
  const [spaceIds, setSpaceIds] = useState<readonly string[]>([]);
  const [domainIds, setDomainIds] = useState<readonly string[]>([]);
  const [code, setCode] = useState("");
  const chosen = areas.filter((area) => (levels[area] ?? "none") !== "none");
  const isBindable = chosen.length > 0 && chosen.every((area) => area === "backup" || area === "mail");
  const make = useMutation({
    mutationFn: () =>
      run(() =>
        callChecked("/api/tokens", {
          reply: createdApiTokenSchema,
          body: {
            name,
            scopes: chosen.map((area) => `${area}:${levels[area] ?? "read"}`),
            spaceIds: isBindable && chosen.includes("backup") ? spaceIds : [],
            domainIds: isBindable && chosen.includes("mail") ? domainIds : [],
            networks: networks.split(/[\s,;]+/).filter((line) => line !== ""),
            expiresAt: new Date(Date.now() + Number(days) * dayMs).toISOString(),
            ...(code.trim() === "" ? {} : { code: code.trim() }),
          },
        }),
      ),
    onSuccess: async ({ secret }) => {
      await client.invalidateQueries({ queryKey: tokensQuery.queryKey });
      onMade(secret);
    },
  });
  if (!session.hasTotp && !session.hasPasskey)
    return (
      <Alert color="yellow">
        <Stack align="flex-start">
          <Text>{t("tokens.needsFactor")}</Text>
          <Button variant="default" renderRoot={(props) => <Link {...props} to="/security" />}>
            {t("tokens.toSecurity")}
          </Button>
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
              {areas
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
          {isBindable ? (
            <ObjectChoice
              areas={chosen}
              spaceIds={spaceIds}
              domainIds={domainIds}
              onSpaces={setSpaceIds}
              onDomains={setDomainIds}
            />
          ) : null}
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
