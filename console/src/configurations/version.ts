// The versions of a configuration: the present one, which is the configuration itself, and those before it.

import type { UseQueryResult } from "@tanstack/react-query";

import { type Collection, type GraphError, key } from "../graph/client";
import { useResource } from "../graph/resource";
import { type Configuration, type FormerVersion, pathOf } from "./configuration";

export type ListedVersion = Omit<FormerVersion, "configurationFileContent">;

/** So many the server keeps. */
const VERSIONS_MAX = "50";

function pathOfVersions(id: string): string {
  return `${pathOf(id)}/versions`;
}

/** The versions before the present one, the newest first, without their files. */
export function useFormerVersions(id: string): UseQueryResult<Collection<ListedVersion>, GraphError> {
  const query = new URLSearchParams({ $select: "id,version,fileName,hardwareConfigurationFormat,perDevicePasswordDisabled,replacedDateTime", $orderby: "version desc", $top: VERSIONS_MAX });
  return useResource<Collection<ListedVersion>>(`${pathOfVersions(id)}?${query}`);
}

/** What a version has that was replaced; not asked for while there is none. */
export function useFormerVersion(configurationId: string, version: string | null): UseQueryResult<FormerVersion, GraphError> {
  return useResource<FormerVersion>(version === null ? null : `${pathOfVersions(configurationId)}/${key(version)}`);
}

/** What makes a former version the present one again. */
export function bodyOf({ fileName, configurationFileContent, hardwareConfigurationFormat, perDevicePasswordDisabled }: FormerVersion): Partial<Configuration> {
  return { fileName, configurationFileContent, hardwareConfigurationFormat, perDevicePasswordDisabled };
}
