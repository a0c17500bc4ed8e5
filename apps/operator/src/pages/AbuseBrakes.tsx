import { callApi, ProblemAlert } from "@casaforte/ui-kit";
import { useSession } from "@casaforte/ui-kit/console";
import { useGuarded } from "@casaforte/ui-kit/security";
import { Alert, Button, Group, Select, Text, TextInput, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useT } from "../translate.ts";

/** Lets somebody on the phone try to sign in again at once, whom wrong passwords hold up (O14). */
export function Brakes() {
  const t = useT();
  const { session } = useSession();
  const [realm, setRealm] = useState<"user" | "mail">("user");
  const [login, setLogin] = useState("");
  const { run, dialog } = useGuarded();
  const release = useMutation({
    mutationFn: (body: { realm: string; login: string }) =>
      run(() => callApi("/api/sign-in-brakes/release", { method: "POST", body })),
    onSuccess: () => setLogin(""),
  });
  if (!session.operatorRoles.some((role) => role === "infra" || role === "security")) return null;
  return (
    <section aria-labelledby="abuse-brakes">
      <Title order={2} size="h4" mb="xs" id="abuse-brakes">
        {t("abuse.brakes")}
      </Title>
      <Text c="dimmed" size="sm" mb="xs" maw="46rem">
        {t("abuse.brakesHint")}
      </Text>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          release.mutate({ realm, login: login.trim() });
        }}
      >
        <Group align="flex-end">
          <Select
            label={t("abuse.brakeRealm")}
            data={[
              { value: "user", label: t("abuse.brakeRealm.user") },
              { value: "mail", label: t("abuse.brakeRealm.mail") },
            ]}
            value={realm}
            onChange={(value) => setRealm(value === "mail" ? "mail" : "user")}
            allowDeselect={false}
          />
          <TextInput
            label={t("abuse.brakeLogin")}
            value={login}
            onChange={(event) => setLogin(event.currentTarget.value)}
            maxLength={320}
            required
          />
          <Button type="submit" variant="default" loading={release.isPending} disabled={login.trim() === ""}>
            {t("abuse.brakeRelease")}
          </Button>
        </Group>
      </form>
      <ProblemAlert error={release.error} />
      {dialog}
      <div aria-live="polite">
        {release.isSuccess && release.variables ? (
          <Alert mt="sm" color="green" variant="light">
            {t("abuse.brakeReleased", { login: release.variables.login })}
          </Alert>
        ) : null}
      </div>
    </section>
  );
}
