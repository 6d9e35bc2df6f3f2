// The rings by which a configuration reaches its devices, and the way on if they halt.

import { Text } from "@fluentui/react-components";
import { useState } from "react";

import { MAY } from "../graph/caller";
import { graph } from "../graph/client";
import { useResource } from "../graph/resource";
import { AllowedButton } from "../shell/Allowed";
import { Failure } from "../shell/Failure";
import { Answer, Section } from "../shell/Section";
import { texts } from "../texts";
import type { Rollout } from "./configuration";
import css from "./ConfigurationPage.module.css";

const words = texts.configurations;

export function RolloutSection({ path }: { path: string }) {
  const answer = useResource<Rollout>(`${path}/rollout`);
  const [error, setError] = useState<Error | null>(null);
  const act = (action: "resume" | "skip") => {
    graph(`${path}/rollout/muster.${action}`, { method: "POST" }).then(() => (setError(null), void answer.refetch()), setError);
  };
  return (
    <Section title={words.rollout}>
      <Answer answer={answer}>
        {({ rings, currentRing, isHalted, haltReason }) => (
          <>
            {rings.length === 0 && <Text>{words.noRings}</Text>}
            <ol className={css.changes}>
              {rings.map((ring, at) => (
                <li key={at} aria-current={at === currentRing ? "step" : undefined}>
                  {words.ring(ring.displayName ?? String(at + 1), ring.percent, at < currentRing ? "done" : at === currentRing ? (isHalted ? "halted" : "current") : "waiting")}
                </li>
              ))}
            </ol>
            {isHalted && <Text as="p">{words.halted(haltReason ?? "")}</Text>}
            {error && <Failure error={error} />}
            {rings.length > 0 && (
              <div className={css.actions}>
                <AllowedButton may={MAY.changeConfigurations} disabled={!isHalted} onClick={() => act("resume")}>
                  {words.resume}
                </AllowedButton>
                <AllowedButton may={MAY.changeConfigurations} onClick={() => act("skip")}>
                  {words.skip}
                </AllowedButton>
              </div>
            )}
          </>
        )}
      </Answer>
    </Section>
  );
}
