import { Anchor, Button, Group, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { type FormEvent, type ReactNode, useState } from "react";
import { auth, type SecondFactorMethod, type SessionReply, type SignInReply } from "../auth-api.ts";
import { useTranslate } from "../i18n/i18n.ts";
import type { KitKey } from "../i18n/it.ts";
import { Brand } from "./brand.tsx";
import { LanguageSwitch } from "./preference-switches.tsx";
import { ProblemAlert } from "./states.tsx";

export interface SignInProps {
  /** Beside the brand: `Mail`, `Console`. */
  readonly product: string;
  readonly onSignedIn: (session: SessionReply) => void;
  /** Below the form: how one comes to an account. */
  readonly footer?: ReactNode;
}

/** The way in: password, then the second step the person has set up. The same text for unknown and wrong (R73). */
export function SignIn({ product, onSignedIn, footer }: SignInProps) {
  const [methods, setMethods] = useState<readonly SecondFactorMethod[] | null>(null);
  const take = (reply: SignInReply): void => {
    if (reply.step === "signed_in") onSignedIn(reply.session);
    else setMethods(reply.methods);
  };
  return (
    <div className="cf-sign-in">
      <main>
        <Group justify="space-between" mb="md">
          <Brand product={product} />
          <LanguageSwitch />
        </Group>
        <div className="cf-sign-in-card">
          {methods === null ? (
            <PasswordStep onReply={take} footer={footer} />
          ) : (
            <SecondStep methods={methods} onReply={take} onBack={() => setMethods(null)} />
          )}
        </div>
      </main>
    </div>
  );
}

interface StepProps {
  readonly onReply: (reply: SignInReply) => void;
}

/** Runs a form's call once at a time and keeps what went wrong. */
function useSubmit(call: () => Promise<void>) {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const submit = async (event?: FormEvent): Promise<void> => {
    event?.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await call();
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  return { isBusy, error, submit };
}

function PasswordStep({ onReply, footer }: StepProps & Pick<SignInProps, "footer">) {
  const t = useTranslate<KitKey>();
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const [isByPasskey, setByPasskey] = useState(false);
  const { isBusy, error, submit } = useSubmit(async () => onReply(await auth.signIn(login.trim(), password)));
  const passkey = useSubmit(async () => {
    setByPasskey(true);
    const { confirmPasskey } = await import("../passkey.ts");
    const reply = await confirmPasskey(true);
    if (reply !== null) onReply(reply);
  });
  return (
    <form
      onSubmit={(event) => {
        setByPasskey(false);
        void submit(event);
      }}
    >
      <Stack>
        <Title order={1}>{t("signIn.title")}</Title>
        <TextInput
          label={t("signIn.login")}
          type="email"
          name="username"
          autoComplete="username"
          required
          withAsterisk={false}
          value={login}
          onChange={(event) => setLogin(event.currentTarget.value)}
          autoFocus
        />
        <PasswordInput
          label={t("signIn.password")}
          name="password"
          autoComplete="current-password"
          required
          withAsterisk={false}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <ProblemAlert error={isByPasskey ? passkey.error : error} />
        <Button type="submit" loading={isBusy} fullWidth>
          {t("signIn.submit")}
        </Button>
        {"PublicKeyCredential" in globalThis ? (
          <Button variant="default" loading={passkey.isBusy} onClick={() => void passkey.submit()} fullWidth>
            {t("signIn.passkey")}
          </Button>
        ) : null}
        <Anchor href="/forgot-password" size="sm" ta="center">
          {t("signIn.forgotten")}
        </Anchor>
        {footer}
      </Stack>
    </form>
  );
}

interface SecondStepProps extends StepProps {
  readonly methods: readonly SecondFactorMethod[];
  readonly onBack: () => void;
}

const switchTo = {
  totp: "signIn.second.useTotp",
  passkey: "signIn.second.usePasskey",
  recovery_code: "signIn.second.useRecovery",
} as const satisfies Record<SecondFactorMethod, KitKey>;

const explains = {
  totp: "signIn.second.totp",
  passkey: "signIn.second.passkey",
  recovery_code: "signIn.second.recovery",
} as const satisfies Record<SecondFactorMethod, KitKey>;

function SecondStep({ methods, onReply, onBack }: SecondStepProps) {
  const t = useTranslate<KitKey>();
  const [method, setMethod] = useState<SecondFactorMethod>(methods[0] ?? "totp");
  const [code, setCode] = useState("");
  const { isBusy, error, submit } = useSubmit(async () => {
    if (method !== "passkey") return onReply(await auth.verifyCode(method, code.trim()));
    const { confirmPasskey } = await import("../passkey.ts");
    const reply = await confirmPasskey();
    if (reply !== null) onReply(reply);
  });
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack>
        <Title order={1}>{t("signIn.second.title")}</Title>
        <Text>{t(explains[method])}</Text>
        {method === "passkey" ? null : (
          <TextInput
            key={method}
            label={t(method === "totp" ? "signIn.second.code" : "signIn.second.recoveryCode")}
            name="one-time-code"
            autoComplete="one-time-code"
            inputMode={method === "totp" ? "numeric" : "text"}
            required
            withAsterisk={false}
            value={code}
            onChange={(event) => setCode(event.currentTarget.value)}
            autoFocus
          />
        )}
        <ProblemAlert error={error} />
        <Button type="submit" loading={isBusy} fullWidth>
          {t(method === "passkey" ? "signIn.second.usePasskey" : "signIn.second.verify")}
        </Button>
        <Group justify="space-between">
          <Anchor component="button" type="button" size="sm" onClick={onBack}>
            {t("kit.back")}
          </Anchor>
          {methods
            .filter((other) => other !== method)
            .map((other) => (
              <Anchor component="button" type="button" size="sm" key={other} onClick={() => setMethod(other)}>
                {t(switchTo[other])}
              </Anchor>
            ))}
        </Group>
      </Stack>
    </form>
  );
}
