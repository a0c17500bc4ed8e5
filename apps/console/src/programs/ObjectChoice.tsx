import { Loaded } from "@casaforte/ui-kit/console";
import { Checkbox, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { domainsQuery } from "../mail/domains-query.ts";
import { spacesQuery } from "../queries.ts";
import { useProgramText } from "./program-text.ts";

export interface ObjectChoiceProps {
  readonly areas: readonly string[];
  readonly spaceIds: readonly string[];
  readonly domainIds: readonly string[];
  readonly onSpaces: (ids: readonly string[]) => void;
  readonly onDomains: (ids: readonly string[]) => void;
}

/** The only spaces and domains that a token shall reach; none chosen means all. */
export function ObjectChoice({ areas, spaceIds, domainIds, onSpaces, onDomains }: ObjectChoiceProps) {
  const t = useProgramText();
  return (
    <Stack gap="xs">
      {areas.includes("backup") ? <Spaces chosen={spaceIds} onChange={onSpaces} /> : null}
      {areas.includes("mail") ? <Domains chosen={domainIds} onChange={onDomains} /> : null}
      <Text size="xs" c="dimmed">
        {t("tokens.objectsHint")}
      </Text>
    </Stack>
  );
}

interface ChosenProps {
  readonly chosen: readonly string[];
  readonly onChange: (ids: readonly string[]) => void;
}

function Spaces(props: ChosenProps) {
  const t = useProgramText();
  return (
    <Loaded query={useQuery(spacesQuery)}>
      {({ spaces }) => <Choice label={t("tokens.objects.spaces")} objects={spaces} {...props} />}
    </Loaded>
  );
}

function Domains(props: ChosenProps) {
  const t = useProgramText();
  return (
    <Loaded query={useQuery(domainsQuery)}>
      {({ domains }) => <Choice label={t("tokens.objects.domains")} objects={domains} {...props} />}
    </Loaded>
  );
}

interface ChoiceProps extends ChosenProps {
  readonly label: string;
  readonly objects: readonly { readonly id: string; readonly name: string }[];
}

function Choice({ label, objects, chosen, onChange }: ChoiceProps) {
  if (objects.length === 0) return null;
  return (
    <Checkbox.Group label={label} value={[...chosen]} onChange={onChange}>
      <Group mt={4}>
        {objects.map(({ id, name }) => (
          <Checkbox key={id} value={id} label={name} />
        ))}
      </Group>
    </Checkbox.Group>
  );
}
