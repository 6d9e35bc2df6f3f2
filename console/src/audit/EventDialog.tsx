// One event whole.

import { Link } from "@tanstack/react-router";

import { dateTime } from "../graph/dates";
import { type Fact, Facts } from "../shell/Facts";
import { InfoDialog } from "../shell/InfoDialog";
import { texts } from "../texts";
import { audit } from "../texts/audit";
import css from "./Audit.module.css";
import type { AuditEvent } from "./event";
import { RecordName } from "./Records";

const words = audit.event;

export function EventDialog({ event, close }: { event: AuditEvent; close: () => void }) {
  return (
    <InfoDialog title={audit.activities[event.activityType] ?? event.activityType} close={close}>
      <Facts facts={factsOf(event)} />
    </InfoDialog>
  );
}

function factsOf(event: AuditEvent): Fact[] {
  const { columns } = audit;
  const { actor } = event;
  const records = (
    <ul className={css.records}>
      {event.resources.map(({ resourceId }) =>
        resourceId === null ? null : (
          <li key={resourceId}>
            <Link to="/passwords/$id" params={{ id: resourceId }} className={css.link ?? ""}>
              <RecordName id={resourceId} />
            </Link>
          </li>
        ),
      )}
    </ul>
  );
  return [
    [words.what, event.activity],
    [columns.activityDateTime, dateTime(event.activityDateTime)],
    [columns.activityResult, audit.results[event.activityResult] ?? event.activityResult],
    [words.name, actor.userPrincipalName],
    [words.id, actor.userId],
    [words.application, [...new Set([actor.applicationDisplayName, actor.applicationId])].filter(Boolean).join(", ")],
    [words.address, actor.ipAddress],
    [columns.musterReason, event.musterReason],
    [columns.musterTicket, event.musterTicket],
    [texts.error.requestId, event.correlationId],
    [words.records, records],
  ];
}
