// Texts of the live requests in the corner of a tool's builder.

import { plural } from "./plural";

export const requests = {
  title: "Requests",
  note: "The last 500 requests of this tenant, and those without a token, since the server was started. Bodies and secrets are not kept.",
  none: "Nothing was asked yet",
  noneNext: "Point a tool at this server: each of its requests comes up here.",
  own: "With those of this console",
  failed: "Only what was refused or failed",
  pause: "Pause",
  resume: "Go on",
  shown: (count: number) => plural(count, "request", "requests"),
  heads: { when: "When", request: "Request", status: "Status", time: "Time", permission: "Permission", error: "What was wrong" },
  milliseconds: (value: number) => `${value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString("en")} ms`,
  missing: "Missing",
  part: (id: string) => `Part ${id} of a batch`,
  open: (method: string, path: string) => `${method} ${path}`,
  dialog: {
    title: "Request",
    method: "Method",
    path: "Path",
    query: "Query",
    caller: "Caller",
    application: "Application",
    code: "Code",
    target: "Target",
    message: "Message",
    noToken: "No token",
    copyAs: (language: string) => `Copy as ${language}`,
    copied: (language: string) => `${language} is in the clipboard. It takes the token from the variable MUSTER_TOKEN.`,
    notCopied: "The browser let nobody write to the clipboard.",
    copy: "The same request again",
    body: "The body is not kept: put yours in the place of body.json.",
  },
} as const;
