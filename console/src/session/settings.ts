// What the server says before anybody has signed in.

export interface SignIn {
  name: string;
  authority: string;
  clientId: string;
  scope: string;
}

export interface DevUser {
  userPrincipalName: string;
  name: string;
}

export interface ConsoleSettings {
  signIns: SignIn[];
  /** The dev issuer; its authority has `{tenant}` in the place of the tenant. */
  dev: { signIn: SignIn; tenant: string; users: DevUser[] } | null;
}

export async function readSettings(): Promise<ConsoleSettings> {
  const response = await fetch("/console/settings.json");
  if (!response.ok) throw new Error(`settings.json: ${response.status}`);
  return (await response.json()) as ConsoleSettings;
}
