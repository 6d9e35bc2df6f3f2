// The events of a listing as a table for a spreadsheet, read page after page in the panel of work.

import { type Collection, graph, pathOf } from "../graph/client";
import type { Listing } from "../graph/rows";
import { cell, saveCsv } from "../shell/saving";
import { begin } from "../shell/work";
import { audit as words } from "../texts/audit";
import type { AuditEvent } from "./event";

const COLUMNS = ["activityDateTime", "activityType", "activityResult", "userPrincipalName", "userId", "applicationId", "ipAddress", "musterReason", "musterTicket", "correlationId", "resources"] as const;
const PAGE_ROWS = "500";

type Exported = Record<(typeof COLUMNS)[number], string | null>;

function lineOf(event: AuditEvent): string {
  const { userPrincipalName, userId, applicationId, ipAddress } = event.actor;
  const resources = event.resources.map(({ resourceId }) => resourceId).join(" ");
  const values: Exported = { ...event, userPrincipalName, userId, applicationId, ipAddress, resources };
  return `${COLUMNS.map((column) => cell(values[column] ?? "")).join(",")}\n`;
}

export function exportEvents({ path, options, select }: Listing): void {
  const query = new URLSearchParams({ ...Object.fromEntries(Object.entries(options).filter(([, value]) => value)), $select: ["id", ...select].join(","), $top: PAGE_ROWS, $count: "true" });
  begin(words.export.work, 0, async (report, signal) => {
    const parts = [`${COLUMNS.join(",")}\n`];
    let total = 0;
    for (let next: string | null = `${path}?${query}`; next; ) {
      const page: Collection<AuditEvent> = await graph<Collection<AuditEvent>>(next, { signal });
      parts.push(...page.value.map(lineOf));
      total = page["@odata.count"] ?? total;
      report({ done: parts.length - 1, total });
      next = page["@odata.nextLink"] ? pathOf(page["@odata.nextLink"]) : null;
    }
    saveCsv(words.export.file, parts);
    report({ detail: words.export.note });
  });
}
