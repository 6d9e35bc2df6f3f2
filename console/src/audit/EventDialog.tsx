// One event whole.

import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle } from "@fluentui/react-components";
import { Link } from "@tanstack/react-router";

import { dateTime } from "../graph/dates";
import { type Fact, Facts } from "../shell/Facts";
import { texts } from "../texts";
import { audit } from "../texts/audit";
import css from "./Audit.module.css";
import type { AuditEvent } from "./event";

const words = audit.event;

export function EventDialog({ event, close }: { event: AuditEvent; close: () => void }) {
  return (
    <Dialog open onOpenChange={(_, { open }) => open || close()}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{audit.activities[event.activityType] ?? event.activityType}</DialogTitle>
          <DialogContent>
            <Facts facts={factsOf(event)} />
          </DialogContent>
          <DialogActions>
            <Button onClick={close}>{texts.work.close}</Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
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
              {resourceId}
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
    [words.application, [actor.applicationDisplayName, actor.applicationId].filter(Boolean).join(", ")],
    [words.address, actor.ipAddress],
    [columns.musterReason, event.musterReason],
    [columns.musterTicket, event.musterTicket],
    [texts.error.requestId, event.correlationId],
    [words.records, records],
  ];
}
