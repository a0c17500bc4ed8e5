import { queryOptions } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext } from "react";
import { z } from "zod";
import { callChecked } from "../console/call-checked.ts";
import { type CatalogueLoaders, type Translate, useTranslate } from "../i18n/i18n.ts";
import type { KitKey } from "../i18n/it.ts";
import type { texts } from "./texts-it.ts";

/** Fetched with the page, not before. */
export const tokenTexts: CatalogueLoaders = {
  it: async () => (await import("./texts-it.ts")).texts,
  en: async () => (await import("./texts-en.ts")).texts,
};

/** The translator of tokens for programs. */
export const useTokenText = (): Translate<keyof typeof texts | KitKey> => useTranslate<keyof typeof texts | KitKey>();

/** What tokens may be given, as the texts name it. */
export type TokenArea = keyof typeof texts extends infer Key
  ? Key extends `tokens.area.${infer Area}`
    ? Area
    : never
  : never;

/** What a token is bound to, beside its scopes. */
export interface TokenObjects {
  readonly spaceIds: readonly string[];
  readonly domainIds: readonly string[];
}

/** What differs between the consoles. */
export interface TokenDesk {
  readonly path: "/api/tokens" | "/api/desk/tokens";
  readonly areas: readonly TokenArea[];
  /** A call that every token may make, to show how it is used. */
  readonly example: string;
  /** Asks for the only objects that a token shall reach; null while these areas cannot be bound. */
  objects?(areas: readonly TokenArea[], chosen: TokenObjects, onChange: (next: TokenObjects) => void): ReactNode;
}

const DeskContext = createContext<TokenDesk | null>(null);
export const TokenDeskProvider = DeskContext.Provider;

/** The console that shows the tokens. */
export function useTokenDesk(): TokenDesk {
  const desk = useContext(DeskContext);
  if (desk === null) throw new Error("tokens are shown inside a TokenSection");
  return desk;
}

/** What both consoles show of a token; operators' have no objects. */
const tokensSchema = z.object({
  tokens: z.array(
    z.object({
      ...{ id: z.string(), name: z.string(), hint: z.string(), isOwn: z.boolean() },
      owner: z.object({ login: z.string() }),
      scopes: z.array(z.string()),
      spaceIds: z.array(z.string()).default([]),
      domainIds: z.array(z.string()).default([]),
      networks: z.array(z.string()),
      expiresAt: z.string(),
      lastUsedAt: z.string().nullable(),
      lastUsedIp: z.string().nullable(),
    }),
  ),
  grantable: z.array(z.string()),
});
export type ShownToken = z.infer<typeof tokensSchema>["tokens"][number];

export const tokensQuery = ({ path }: TokenDesk) =>
  queryOptions({
    queryKey: ["tokens"],
    queryFn: ({ signal }) => callChecked(path, { reply: tokensSchema, signal }),
  });
