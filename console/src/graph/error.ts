// An error in Graph's words, with the names under which the server's log knows it.

interface ErrorBody {
  error?: {
    code?: string;
    message?: string;
    target?: string;
    innerError?: { "request-id"?: string; code?: string; number?: number };
  };
}

export class GraphError extends Error {
  readonly status: number;
  readonly code: string;
  readonly target: string | null;
  readonly requestId: string | null;
  readonly retryAfterSeconds: number | null;

  constructor(status: number, code: string, message: string, target: string | null, requestId: string | null, retryAfter: number | null) {
    super(message);
    this.status = status;
    this.code = code;
    this.target = target;
    this.requestId = requestId;
    this.retryAfterSeconds = retryAfter;
  }

  /** Whether the same request may succeed later. */
  get isPassing(): boolean {
    return this.status === 429 || this.status === 503 || this.status === 0;
  }
}

export function errorOf(status: number, body: unknown, headers: Headers): GraphError {
  const error = (body as ErrorBody | null)?.error ?? {};
  const requestId = headers.get("request-id") ?? error.innerError?.["request-id"] ?? null;
  const retryAfter = Number(headers.get("retry-after")) || null;
  return new GraphError(status, error.code ?? String(status), error.message ?? `The server answered ${status}.`, error.target ?? null, requestId, retryAfter);
}

/** The server could not be reached. */
export function unreachable(): GraphError {
  return new GraphError(0, "unreachable", "The server cannot be reached.", null, null, null);
}
