// Who is signed in, as the server understands the token, and what that caller may do.

import { useQuery } from "@tanstack/react-query";

import { graph } from "./client";

export interface Caller {
  tenant: string;
  id: string;
  application: string;
  kind: "delegated" | "application";
  userPrincipalName: string | null;
  scopeTags: string[];
  permissions: string[];
}

/** The permissions any one of which is enough, the least one first. */
export const MAY = {
  readDevices: ["DeviceManagementServiceConfig.Read.All", "DeviceManagementServiceConfig.ReadWrite.All"],
  allowEnrollment: ["DeviceManagementServiceConfig.Read.All", "DeviceManagementConfiguration.Read.All"],
  changeDevices: ["DeviceManagementServiceConfig.ReadWrite.All"],
  changeGroups: ["Group.ReadWrite.All", "Directory.ReadWrite.All"],
  changeConfigurations: ["DeviceManagementConfiguration.ReadWrite.All"],
  readConfigurations: ["DeviceManagementConfiguration.Read.All", "DeviceManagementConfiguration.ReadWrite.All"],
  readAudit: ["DeviceManagementApps.Read.All", "DeviceManagementApps.ReadWrite.All"],
  readPasswords: ["DeviceManagementConfiguration.Read.All", "DeviceManagementConfiguration.ReadWrite.All"],
} as const;

export function useCaller(): Caller | undefined {
  return useQuery({ queryKey: ["caller"], queryFn: () => graph<Caller>("/_/caller"), staleTime: Infinity }).data;
}

/** The permission that the caller lacks; none if it has one that is enough, or if that is not known yet. */
export function useMissing(sufficient: readonly string[]): string | null {
  const caller = useCaller();
  if (!caller || sufficient.some((name) => caller.permissions.includes(name))) return null;
  return sufficient[0] ?? null;
}
