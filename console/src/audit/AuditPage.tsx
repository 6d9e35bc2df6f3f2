// The audit: who did what to which passwords, when and why; exported as it is filtered; and how its chain is.

import { Badge } from "@fluentui/react-components";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo, useState } from "react";

import { MAY, useMissing } from "../graph/caller";
import { dateTime } from "../graph/dates";
import type { Column } from "../grid/column";
import { ListingGrid } from "../grid/ListingGrid";
import { AllowedButton } from "../shell/Allowed";
import { Empty } from "../shell/Empty";
import { PageHeader } from "../shell/PageHeader";
import { texts } from "../texts";
import { audit as words } from "../texts/audit";
import css from "./Audit.module.css";
import { ChainSection } from "./ChainSection";
import { type AuditEvent, listingOf, whoOf } from "./event";
import { EventDialog } from "./EventDialog";
import { EventFilters } from "./EventFilters";
import { exportEvents } from "./export";
import { Records } from "./Records";

const route = getRouteApi("/audit");

const column = (name: keyof typeof words.columns, width: number, cell: Column<AuditEvent>["cell"]): Column<AuditEvent> => ({ name, title: words.columns[name], width, cell, isSortable: false });

const COLUMNS: Column<AuditEvent>[] = [
  column("activityDateTime", 165, ({ activityDateTime }) => dateTime(activityDateTime)),
  column("activityType", 150, ({ activityType }) => words.activities[activityType] ?? activityType),
  column("actor", 165, whoOf),
  column("resources", 200, ({ resources }) => <Records key="records" resources={resources} />),
  column("musterReason", 130, ({ musterReason }) => musterReason),
  column("musterTicket", 85, ({ musterTicket }) => musterTicket),
  column("activityResult", 75, ({ activityResult, activityType }) => (
    <Badge appearance="tint" color={activityResult === "Failure" || activityType === "Look At Canary" ? "danger" : "informative"}>
      {words.results[activityResult] ?? activityResult}
    </Badge>
  )),
];

export function AuditPage() {
  const view = route.useSearch();
  const navigate = route.useNavigate();
  const missing = useMissing(MAY.readAudit);
  const [opened, setOpened] = useState<AuditEvent | null>(null);
  const listing = useMemo(() => listingOf(view), [view]);
  const isNarrowed = Object.keys(view).length > 0;
  const nameOf = (event: AuditEvent) => `${words.activities[event.activityType] ?? event.activityType}, ${dateTime(event.activityDateTime)}`;
  return (
    <div className={css.page}>
      <PageHeader title={words.title}>
        <AllowedButton may={MAY.readAudit} title={words.export.note} onClick={() => exportEvents(listing)}>
          {words.export.verb}
        </AllowedButton>
      </PageHeader>
      {missing !== null ? (
        <Empty title={texts.error.needs(missing)} next={texts.error.todo(403)} />
      ) : (
        <>
          <EventFilters view={view} change={(part) => void navigate({ search: part, replace: true })} />
          <div className={css.grid}>
            <ListingGrid
              label={words.title}
              listing={listing}
              columns={COLUMNS}
              nameOf={nameOf}
              onOpen={setOpened}
              empty={<Empty title={isNarrowed ? words.nothingTitle : words.emptyTitle} next={isNarrowed ? words.nothingNext : words.emptyNext} />}
            />
          </div>
          <ChainSection />
        </>
      )}
      {opened && <EventDialog event={opened} close={() => setOpened(null)} />}
    </div>
  );
}
