// The groups by name, for whoever chooses one.

import type { UseQueryResult } from "@tanstack/react-query";

import { BETA, type Collection, type GraphError } from "./client";
import { useResource } from "./resource";

export interface NamedGroup {
  id: string;
  displayName: string | null;
}

const GROUPS = `${BETA}/groups?${new URLSearchParams({ $select: "id,displayName", $orderby: "displayName", $top: "999" })}`;

export function useGroups(): UseQueryResult<Collection<NamedGroup>, GraphError> {
  return useResource<Collection<NamedGroup>>(GROUPS);
}

export function groupName(groups: NamedGroup[] | undefined, id: string | null | undefined): string {
  return groups?.find((group) => group.id === id)?.displayName ?? id ?? "";
}
