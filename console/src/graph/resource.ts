// One resource of the API, read when it is shown. What the caller may not read is an answer, too.

import { useQuery, type UseQueryResult } from "@tanstack/react-query";

import { graph, type GraphError } from "./client";

/** The resource at a path; not asked for while the path is null. */
export function useResource<T>(path: string | null): UseQueryResult<T, GraphError> {
  return useQuery<T, GraphError>({
    queryKey: ["resource", path],
    queryFn: ({ signal }) => graph<T>(path ?? "", { signal }),
    enabled: path !== null,
  });
}
