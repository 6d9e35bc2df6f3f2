// Calls of this server's Graph API. The token goes to the console's own origin and nowhere else: links in answers are
// followed by their path alone.

import { accessToken, lose, renew } from "../session/session";
import { errorOf, GraphError, unreachable } from "./error";

export const BETA = "/beta";
export const DEVICE_MANAGEMENT = `${BETA}/deviceManagement`;

export interface GraphRequest {
  method?: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

export interface Collection<T> {
  value: T[];
  "@odata.nextLink"?: string;
  "@odata.count"?: number;
}

/** Calls, and answers the response whatever its status; a token that has expired is renewed once. */
export async function send(path: string, request: RequestInit): Promise<Response> {
  const once = async () => {
    const headers = new Headers(request.headers);
    const token = accessToken();
    if (token) headers.set("Authorization", `Bearer ${token}`);
    try {
      return await fetch(path, { ...request, headers, cache: "no-store", credentials: "omit", redirect: "error" });
    } catch (error) {
      if (request.signal?.aborted) throw error;
      throw unreachable();
    }
  };
  const response = await once();
  if (response.status !== 401) return response;
  const again = (await renew()) ? await once() : response;
  if (again.status === 401) lose();
  return again;
}

/** Fails with the error of a response that has one. */
export async function refuse(response: Response): Promise<void> {
  if (response.ok) return;
  const body: unknown = await response.json().catch(() => null);
  throw errorOf(response.status, body, response.headers);
}

export async function graph<T>(path: string, request: GraphRequest = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json", ...request.headers };
  if (request.body !== undefined) headers["Content-Type"] = "application/json";
  const response = await send(path, {
    method: request.method ?? "GET",
    headers,
    body: request.body === undefined ? null : JSON.stringify(request.body),
    signal: request.signal ?? null,
  });
  await refuse(response);
  if (response.status === 204) return undefined as T;
  const isJson = response.headers.get("content-type")?.includes("json");
  return (isJson ? await response.json() : await response.text()) as T;
}

/** The path of a link in an answer: whatever host it names, it leads to this server. */
export function pathOf(link: string): string {
  const url = new URL(link, location.origin);
  return url.pathname + url.search;
}

/** A text as a literal of a filter. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A key as a segment of a path. */
export function key(id: string): string {
  return encodeURIComponent(id);
}

export { GraphError };
