// The rows of a collection, as many as it has, of which only the pages in sight are asked for. A page leads to the next
// by its link; one that nobody has led to is reached by its number.

import { keepPreviousData, useQueries, useQuery, useQueryClient } from "@tanstack/react-query";

import { type Collection, graph, type GraphError, pathOf } from "./client";

export const PAGE_ROWS = 100;
/** A browser lays out no more height than that of a million rows. */
export const ROWS_MAX = 1_000_000;
/** Pages out of sight are forgotten after a while. */
const KEPT_MILLISECONDS = 60_000;

export interface Listing {
  /** The path of the collection. */
  path: string;
  /** The options that decide which rows, and in which order. */
  options: Record<string, string>;
  /** The properties that are shown. */
  select: string[];
  headers?: Record<string, string>;
}

export interface Rows<T> {
  /** The row of an index; none while its page is on its way. */
  at: (index: number) => T | undefined;
  /** How many rows there are, as far as is known. */
  count: number;
  /** Whether `count` is the whole number. */
  isCounted: boolean;
  isLoading: boolean;
  error: GraphError | null;
  refresh: () => void;
}

function queryOf(options: Record<string, string>): string {
  return new URLSearchParams(Object.entries(options).filter(([, value]) => value)).toString();
}

/** The rows of a listing, with the pages from `first` to `last` row asked for. */
export function useRows<T>(listing: Listing, first: number, last: number): Rows<T> {
  const client = useQueryClient();
  const keyOf = (page: number) => ["rows", listing, page];
  const counted = { $filter: listing.options.$filter ?? "", $search: listing.options.$search ?? "" };
  const total = useQuery({
    queryKey: ["count", listing.path, counted],
    queryFn: async ({ signal }) => Number(await graph<string>(`${listing.path}/$count?${queryOf(counted)}`, { signal, headers: { ...listing.headers, Accept: "text/plain" } })),
    placeholderData: keepPreviousData,
  });
  const from = Math.floor(first / PAGE_ROWS);
  const pages = Array.from({ length: Math.floor(last / PAGE_ROWS) - from + 1 }, (_, at) => from + at);
  const results = useQueries({
    queries: pages.map((page) => ({
      queryKey: keyOf(page),
      gcTime: KEPT_MILLISECONDS,
      queryFn: ({ signal }: { signal: AbortSignal }) => {
        const before = client.getQueryData<Collection<T>>(keyOf(page - 1))?.["@odata.nextLink"];
        const skip: Record<string, string> = page > 0 ? { $skip: String(page * PAGE_ROWS) } : {};
        const select = ["id", ...listing.select.filter((name) => name !== "id")].join(",");
        const query = queryOf({ ...listing.options, $select: select, $top: String(PAGE_ROWS), ...skip });
        return graph<Collection<T>>(before ? pathOf(before) : `${listing.path}?${query}`, { signal, headers: listing.headers ?? {} });
      },
    })),
  });
  const data = new Map(pages.map((page, at) => [page, results[at]?.data]));
  const error = (results.find((result) => result.error)?.error ?? total.error) as GraphError | null;
  const seen = pages.reduce((most, page) => {
    const rows = data.get(page);
    if (!rows) return most;
    const more = rows["@odata.nextLink"] ? PAGE_ROWS : 0;
    return Math.max(most, page * PAGE_ROWS + rows.value.length + more);
  }, 0);
  const count = total.data === undefined || total.isPlaceholderData ? seen : Math.max(total.data, 0);
  return {
    at: (index) => data.get(Math.floor(index / PAGE_ROWS))?.value[index % PAGE_ROWS],
    count: Math.min(count, ROWS_MAX),
    isCounted: total.data !== undefined && !total.isPlaceholderData,
    isLoading: results.some((result) => result.isPending),
    error,
    refresh: () => {
      void client.invalidateQueries({ queryKey: ["rows"] });
      void client.invalidateQueries({ queryKey: ["count", listing.path] });
    },
  };
}
