import { type InspectionsReply, inspectionIdReplySchema } from "@casaforte/contract/inspections";
import { Dialog, ProblemAlert, useFormat, useLanguage } from "@casaforte/ui-kit";
import { callChecked } from "@casaforte/ui-kit/console";
import { Alert, Button, Checkbox, Fieldset, Group, Select, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { inspectionsQuery, useInspectionText } from "./inspection-text.tsx";

type Product = "backup" | "mail";
type Grounds = "none" | "incident" | "authority";
const auditorsMax = 5;

/** The written notice of an audit (R67, R68, R71). */
export function RequestForm({
  rules,
  onClose,
}: {
  readonly rules: Pick<InspectionsReply, "earliestOn" | "freeFrom">;
  readonly onClose: () => void;
}) {
  const t = useInspectionText();
  const format = useFormat();
  const language = useLanguage();
  const client = useQueryClient();
  const [products, setProducts] = useState<Product[]>(["backup"]);
  const [scope, setScope] = useState("");
  const [firm, setFirm] = useState("");
  const [nda, setNda] = useState("");
  const [auditors, setAuditors] = useState([{ name: "", address: "" }]);
  const [fromOn, setFrom] = useState(rules.earliestOn);
  const [untilOn, setUntil] = useState(rules.earliestOn);
  const [grounds, setGrounds] = useState<Grounds>("none");
  const [groundsText, setGroundsText] = useState("");
  const day = (text: string) => format.date(Date.parse(`${text}T12:00:00`));
  const nextOn = products
    .map((product) => rules.freeFrom[product])
    .reduce<string | null>(
      (latest, each) => (each !== null && (latest === null || each > latest) ? each : latest),
      null,
    );
  const needsGrounds = nextOn !== null && fromOn < nextOn;
  const send = useMutation({
    mutationFn: () =>
      callChecked("/api/inspections", {
        body: {
          ...{ products, scope, firm, nda, auditors, fromOn, untilOn, language },
          ...(needsGrounds && grounds !== "none" ? { grounds: { kind: grounds, text: groundsText } } : {}),
        },
        reply: inspectionIdReplySchema,
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: inspectionsQuery.queryKey });
      onClose();
    },
  });
  const change = (index: number, field: "name" | "address", value: string) =>
    setAuditors(auditors.map((each, at) => (at === index ? { ...each, [field]: value } : each)));
  const isWhole =
    products.length > 0 &&
    [scope, firm, nda, ...auditors.flatMap(({ name, address }) => [name, address])].every((text) => text.trim() !== "");
  return (
    <Dialog title={t("insp.new")} opened onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          send.mutate();
        }}
      >
        <Stack>
          <Text size="sm">{t("insp.costNote")}</Text>
          <Checkbox.Group
            label={t("insp.products")}
            value={products}
            onChange={(values) => setProducts(values as Product[])}
          >
            <Group mt="xs">
              {(["backup", "mail"] as const).map((product) => (
                <Checkbox key={product} value={product} label={t(`insp.product.${product}`)} />
              ))}
            </Group>
          </Checkbox.Group>
          <Textarea
            label={t("insp.scope")}
            description={t("insp.scopeHint")}
            value={scope}
            onChange={(event) => setScope(event.currentTarget.value)}
            maxLength={4000}
            minRows={3}
            autosize
            required
          />
          <TextInput
            label={t("insp.firm")}
            value={firm}
            onChange={(event) => setFirm(event.currentTarget.value)}
            maxLength={200}
            required
          />
          <TextInput
            label={t("insp.nda")}
            description={t("insp.ndaHint")}
            value={nda}
            onChange={(event) => setNda(event.currentTarget.value)}
            maxLength={300}
            required
          />
          <Group grow align="flex-start">
            <TextInput
              type="date"
              label={t("insp.from")}
              description={t("insp.fromHint", { date: day(rules.earliestOn) })}
              value={fromOn}
              min={rules.earliestOn}
              onChange={(event) => setFrom(event.currentTarget.value)}
              required
            />
            <TextInput
              type="date"
              label={t("insp.until")}
              // As tall as its neighbour's, so that the fields stand on one line.
              description={"\u00a0"}
              value={untilOn}
              min={fromOn}
              onChange={(event) => setUntil(event.currentTarget.value)}
              required
            />
          </Group>
          {needsGrounds && nextOn !== null ? (
            <Alert color="orange">
              <Stack gap="xs">
                <Text size="sm">{t("insp.yearly", { date: day(nextOn) })}</Text>
                <Select
                  label={t("insp.grounds")}
                  data={(["none", "incident", "authority"] as const).map((value) => ({
                    value,
                    label: t(`insp.grounds.${value}`),
                  }))}
                  value={grounds}
                  onChange={(value) => setGrounds((value ?? "none") as Grounds)}
                  allowDeselect={false}
                />
                {grounds === "none" ? null : (
                  <TextInput
                    label={t("insp.groundsText")}
                    value={groundsText}
                    onChange={(event) => setGroundsText(event.currentTarget.value)}
                    maxLength={1000}
                    required
                  />
                )}
              </Stack>
            </Alert>
          ) : null}
          <Fieldset legend={t("insp.auditors")}>
            <Stack gap="sm">
              <Text size="sm" c="dimmed">
                {t("insp.auditorsHint")}
              </Text>
              {auditors.map((auditor, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place, nothing else tells it apart.
                <Group key={index} align="flex-end" role="group" aria-label={t("insp.auditorN", { n: index + 1 })}>
                  <TextInput
                    flex={1}
                    label={t("insp.auditorName")}
                    value={auditor.name}
                    onChange={(event) => change(index, "name", event.currentTarget.value)}
                    maxLength={200}
                    required
                  />
                  <TextInput
                    flex={1}
                    type="email"
                    label={t("insp.auditorAddress")}
                    value={auditor.address}
                    onChange={(event) => change(index, "address", event.currentTarget.value)}
                    maxLength={320}
                    required
                  />
                  {auditors.length > 1 ? (
                    <Button
                      variant="subtle"
                      aria-label={t("insp.removeAuditor", { n: index + 1 })}
                      onClick={() => setAuditors(auditors.toSpliced(index, 1))}
                    >
                      ✕
                    </Button>
                  ) : null}
                </Group>
              ))}
              {auditors.length < auditorsMax ? (
                <Group>
                  <Button
                    variant="default"
                    size="xs"
                    onClick={() => setAuditors([...auditors, { name: "", address: "" }])}
                  >
                    {t("insp.addAuditor")}
                  </Button>
                </Group>
              ) : null}
            </Stack>
          </Fieldset>
          <ProblemAlert error={send.error} />
          <Group justify="flex-end">
            <Button type="submit" loading={send.isPending} disabled={!isWhole}>
              {t("insp.send")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
