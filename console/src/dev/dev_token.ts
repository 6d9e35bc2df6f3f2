// A token of the dev issuer with chosen permissions, by the authorization code flow without leaving the page: the issuer sends the
// browser back here, and the code is in the address of that answer. In dev mode nobody has a password.

import { readSettings } from "../session/settings";

const VERIFIER_BYTES = 32;

/** Bytes in the Base64 of URLs. */
function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

interface Wanted {
  tenant: string;
  user: string;
  permissions: string[];
}

function failure(text: string): Error {
  return new Error(new URLSearchParams(text).get("error_description") ?? text);
}

export async function tokenWith({ tenant, user, permissions }: Wanted): Promise<string> {
  const { dev } = await readSettings();
  if (!dev) throw new Error("This server is not in dev mode.");
  const issuer = new URL(dev.signIn.authority.replace("{tenant}", encodeURIComponent(tenant))).pathname.replace(/\/v2\.0$/, "");
  const resource = dev.signIn.scope.split(" ").find((scope) => scope.endsWith("/.default"))?.replace(/\/\.default$/, "") ?? "";
  const scope = permissions.map((name) => `${resource}/${name}`).join(" ");
  const verifier = base64Url(crypto.getRandomValues(new Uint8Array(VERIFIER_BYTES)));
  const challenge = base64Url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))));
  const common = { client_id: dev.signIn.clientId, redirect_uri: `${location.origin}/console/signed-in`, scope };
  const asked = new URLSearchParams({ ...common, response_type: "code", response_mode: "query", user, code_challenge: challenge, code_challenge_method: "S256" });
  const back = await fetch(`${issuer}/oauth2/v2.0/authorize?${asked}`, { cache: "no-store", credentials: "omit" });
  const told = new URL(back.url).searchParams;
  const code = told.get("code");
  if (!code) throw failure(told.toString());
  const body = new URLSearchParams({ ...common, grant_type: "authorization_code", code, code_verifier: verifier });
  const answer = await fetch(`${issuer}/oauth2/v2.0/token`, { method: "POST", body, cache: "no-store", credentials: "omit" });
  const token = (await answer.json()) as { access_token?: string; error_description?: string };
  if (!token.access_token) throw new Error(token.error_description ?? `${answer.status}`);
  return token.access_token;
}
