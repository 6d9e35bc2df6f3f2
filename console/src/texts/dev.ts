// Texts of the tenants and tokens in the corner of a tool's builder.

import { plural } from "./plural";

export const dev = {
  custom: {
    title: "Token with chosen permissions",
    user: "User",
    search: "Search permissions",
    permissions: "Permissions",
    copy: (count: number) => `Copy a token with ${plural(count, "permission", "permissions")}`,
    copied: (count: number) => `A token with ${plural(count, "permission", "permissions")} is in the clipboard.`,
  },
  tenants: {
    title: "Tenants",
    tenant: "Tenant",
    state: "State",
    devices: "Devices",
    entities: "Entities",
    actions: "Actions",
    states: { active: "Active", readOnly: "Read only", closed: "Closed" } as Record<string, string>,
    notServed: "Not served",
    here: "You are here",
    signIn: "Sign in",
    signInTo: (id: string) => `Sign in to ${id}`,
    token: "Choose a token",
    tokenFor: (id: string) => `Choose a token for ${id}`,
    leftOut: (count: number) => `${plural(count, "tenant is", "tenants are")} not shown.`,
  },
} as const;
