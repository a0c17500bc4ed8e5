import { type SignUpReply, signUpReplySchema } from "@casaforte/contract/sign-up";
import { type CatalogueLoaders, type KitKey, type Translate, useTranslate } from "@casaforte/ui-kit";
import { callChecked, WithTexts } from "@casaforte/ui-kit/console";
import { queryOptions } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { texts } from "./texts-it.ts";

const catalogues: CatalogueLoaders = {
  it: async () => (await import("./texts-it.ts")).texts,
  en: async () => (await import("./texts-en.ts")).texts,
};

/** The translator of the sign-up. */
export const useSignUpText = (): Translate<keyof typeof texts | KitKey> => useTranslate<keyof typeof texts | KitKey>();

export const SignUpTexts = ({ children }: { readonly children: ReactNode }) => (
  <WithTexts catalogues={catalogues}>{children}</WithTexts>
);

/** Whether one may sign up, what to accept, and where this browser's request stands. */
export const signUpQuery = queryOptions({
  queryKey: ["sign-up"],
  queryFn: ({ signal }): Promise<SignUpReply> => callChecked("/api/auth/sign-up", { reply: signUpReplySchema, signal }),
  staleTime: Number.POSITIVE_INFINITY,
  refetchOnWindowFocus: false,
});
