// How it stands with the own request for a look: who has to do what next.

import { MessageBar, MessageBarBody } from "@fluentui/react-components";
import { Link } from "@tanstack/react-router";

import { dateTime } from "../graph/dates";
import { Failure } from "../shell/Failure";
import { passwords } from "../texts/passwords";
import css from "./Passwords.module.css";
import type { Standing } from "./requests";

const words = passwords.reveal;

export function StandingNote({ standing }: { standing: Standing }) {
  const { state, request, error } = standing;
  if (error) return <Failure error={error} />;
  if (state === "none" || !request) return null;
  const until = dateTime(request.expiresDateTime);
  return (
    <MessageBar intent={state === "approved" ? "success" : "info"} layout="multiline" role="status">
      <MessageBarBody>
        {state === "approved" ? (
          words.approved(until)
        ) : (
          <>
            {words.waiting(until)}{" "}
            <Link to="/passwords" search={{ show: "requests" }} className={css.linkInText ?? ""}>
              {words.requests}
            </Link>
            . {words.waitingNext}
          </>
        )}
      </MessageBarBody>
    </MessageBar>
  );
}
