// The session: whose token the console has, and how it gets another. Tokens are in memory only; the storage of the tab
// keeps which way somebody signed in, so that a reloaded page can ask the issuer again.

import { InMemoryWebStorage, UserManager, WebStorageStateStore, type User } from "oidc-client-ts";

import type { ConsoleSettings, SignIn } from "./settings";

const WAY_KEY = "muster.way";
const CALLBACK = "/console/signed-in";
export const HOME = "/console";

/** How somebody signed in: an issuer of the configuration, or the dev issuer with a tenant and a user. */
export interface Way {
  issuer: number | "dev";
  tenant?: string;
  user?: string;
}

let manager: UserManager | null = null;
let user: User | null = null;
const listeners = new Set<() => void>();

function changed(next: User | null) {
  user = next;
  listeners.forEach((listener) => listener());
}

function managerOf(signIn: SignIn, tenant: string | undefined): UserManager {
  const made = new UserManager({
    authority: signIn.authority.replace("{tenant}", tenant ?? ""),
    client_id: signIn.clientId,
    redirect_uri: location.origin + CALLBACK,
    post_logout_redirect_uri: location.origin + HOME,
    response_type: "code",
    // A fragment reaches no log.
    response_mode: "fragment",
    scope: signIn.scope,
    userStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
    // What the way back needs, PKCE's verifier among it: it is taken out again there, and worth nothing after.
    stateStore: new WebStorageStateStore({ store: sessionStorage }),
    automaticSilentRenew: true,
    monitorSession: false,
  });
  made.events.addUserLoaded(changed);
  made.events.addAccessTokenExpired(() => changed(null));
  return made;
}

function prepare(settings: ConsoleSettings, way: Way): UserManager | null {
  const signIn = way.issuer === "dev" ? settings.dev?.signIn : settings.signIns[way.issuer];
  manager = signIn ? managerOf(signIn, way.tenant) : null;
  return manager;
}

function rememberedWay(): Way | null {
  const text = sessionStorage.getItem(WAY_KEY);
  try {
    return text ? (JSON.parse(text) as Way) : null;
  } catch {
    return null;
  }
}

/** The way in which this tab was signed in. */
export const currentWay = rememberedWay;

/** Leaves for the issuer; the way back leads to where the console is now. */
export async function signIn(settings: ConsoleSettings, way: Way): Promise<void> {
  sessionStorage.setItem(WAY_KEY, JSON.stringify(way));
  const here = location.pathname === "/console" || location.pathname === CALLBACK ? HOME : location.pathname + location.search;
  const extraQueryParams: Record<string, string> = way.user ? { user: way.user } : {};
  await prepare(settings, way)?.signinRedirect({ state: here, extraQueryParams });
}

/**
 * Begins the session of a page that has just been loaded: comes back from the issuer, or leaves for it again if this tab
 * was signed in. Answers whether the page is about to be left.
 */
export async function begin(settings: ConsoleSettings): Promise<boolean> {
  const way = rememberedWay();
  if (location.pathname === CALLBACK) {
    const back = location.hash;
    history.replaceState(null, "", HOME);
    // Whoever was refused there chooses anew, and is not sent back by the next load of the page.
    sessionStorage.removeItem(WAY_KEY);
    const came = way && (await prepare(settings, way)?.signinCallback(location.origin + CALLBACK + back));
    if (came) sessionStorage.setItem(WAY_KEY, JSON.stringify(way));
    if (!came) throw new Error("no sign-in of this tab is under way");
    if (typeof came.state === "string") history.replaceState(null, "", came.state);
    changed(came);
    return false;
  }
  if (!way) return false;
  await signIn(settings, way);
  return manager !== null;
}

/** Forgets the tokens and the way, and ends the session at the issuer, if it has a page for that: otherwise the next one at this
 * machine would be in without a question. */
export async function signOut(): Promise<void> {
  sessionStorage.removeItem(WAY_KEY);
  const idToken = user?.id_token;
  await manager?.removeUser();
  const endsThere = await manager?.metadataService.getEndSessionEndpoint().catch(() => undefined);
  changed(null);
  if (endsThere && idToken) await manager?.signoutRedirect({ id_token_hint: idToken });
  else location.assign(HOME);
}

/** Says that the server does not take the token any more. */
export function lose(): void {
  changed(null);
}

/** The token of the session. A token that has expired is none. */
export function accessToken(): string | null {
  return user && !user.expired ? user.access_token : null;
}

export function isSignedIn(): boolean {
  return accessToken() !== null;
}

/** Tries to get another token without leaving the page. */
export async function renew(): Promise<boolean> {
  const renewed = await manager?.signinSilent().catch(() => null);
  if (renewed) changed(renewed);
  return Boolean(renewed);
}

export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
