// Why a device has its profile: in a sentence, then each profile that was meant for it.

import { Badge, Text } from "@fluentui/react-components";

import { key } from "../graph/client";
import { useResource } from "../graph/resource";
import { Answer, Section } from "../shell/Section";
import { device } from "../texts/device";
import { DEVICES } from "./device";
import css from "./DevicePage.module.css";
import { type Explanation, sentence } from "./explanation";

const words = device.why;

export function WhySection({ id }: { id: string }) {
  const answer = useResource<Explanation>(`${DEVICES}/${key(id)}/muster.why()`);
  return (
    <Section title={words.title} isWide>
      <Answer answer={answer}>
        {(why) => (
          <>
            <Text as="p" className={css.sentence ?? ""}>
              {sentence(why)}
            </Text>
            {why.candidates.length > 0 && (
              <ul className={css.list}>
                {why.candidates.map((candidate, at) => (
                  <li key={candidate.profileId ?? at}>
                    <strong>{candidate.displayName ?? candidate.profileId}</strong>
                    {candidate.isWinner && (
                      <Badge appearance="tint" color="success">
                        {words.wins}
                      </Badge>
                    )}
                    <span>{candidate.reason}</span>
                  </li>
                ))}
              </ul>
            )}
            <Notes title={words.hardwareChanges} notes={why.hardwareChanges} />
            <Notes title={words.breaches} notes={why.breaches} />
            <Notes title={words.physicalIds} notes={why.physicalIds} />
          </>
        )}
      </Answer>
    </Section>
  );
}

function Notes({ title, notes }: { title: string; notes: string[] }) {
  if (notes.length === 0) return null;
  return (
    <>
      <Text as="h3" weight="semibold" className={css.subtitle ?? ""}>
        {title}
      </Text>
      <ul className={css.list}>
        {notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </>
  );
}
