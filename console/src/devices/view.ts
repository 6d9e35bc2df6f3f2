// A view of the devices, as its URL has it, so that it can be sent to somebody else.

import { literal } from "../graph/client";
import { texts } from "../texts";

export interface View {
  search?: string;
  status?: string;
  enrollment?: string;
  tag?: string;
  /** An import of the console, whose parts have ids that begin with its own. */
  import?: string;
  filter?: string;
  sort?: string;
  columns?: string;
}

const KEYS = ["search", "status", "enrollment", "tag", "import", "filter", "sort", "columns"] as const;

/** What a URL says of a view; what is no text, or empty, is left out. */
export function readView(search: Record<string, unknown>): View {
  const view: View = {};
  for (const key of KEYS) {
    const value = search[key];
    if (typeof value === "number" || typeof value === "boolean") view[key] = String(value);
    else if (typeof value === "string" && value !== "") view[key] = value;
  }
  return view;
}

export function words(list: string | undefined): string[] {
  return (list ?? "").split(",").filter(Boolean);
}

/** The `$filter` of a view: members of enumerations are checked, as they stand in it without quoting. */
export function filterOf(view: View): string {
  const members = (property: string, list: string | undefined, known: Record<string, string>) => {
    const chosen = words(list).filter((word) => word in known);
    return chosen.length > 0 ? [`(${chosen.map((word) => `${property} eq '${word}'`).join(" or ")})`] : [];
  };
  return [
    ...members("deploymentProfileAssignmentStatus", view.status, texts.devices.statuses),
    ...members("enrollmentState", view.enrollment, texts.devices.enrollments),
    ...(view.tag ? [`groupTag eq ${literal(view.tag)}`] : []),
    ...(view.import ? [`startswith(musterImportId,${literal(`${view.import}-`)})`] : []),
    ...(view.filter ? [`(${view.filter})`] : []),
  ].join(" and ");
}

/** The `$search` of words as somebody typed them: each a phrase, so that none is an operator. */
export function searchOf(text: string | undefined): string {
  const phrases = (text ?? "").split(/\s+/).filter(Boolean);
  return phrases.map((word) => `"${word.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`).join(" ");
}

export function isNarrowed(view: View): boolean {
  return Boolean(view.search || view.status || view.enrollment || view.tag || view.import || view.filter);
}
