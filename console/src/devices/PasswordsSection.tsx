// Whether the server keeps BIOS passwords of a device. Which ones is for the page of passwords to show.

import { Text } from "@fluentui/react-components";

import { MAY, useMissing } from "../graph/caller";
import { type Collection, DEVICE_MANAGEMENT, literal } from "../graph/client";
import { useResource } from "../graph/resource";
import { Facts } from "../shell/Facts";
import { Answer, Section } from "../shell/Section";
import { texts } from "../texts";
import { device } from "../texts/device";

const words = device.passwords;

export function PasswordsSection({ serialNumber }: { serialNumber: string | null }) {
  const missing = useMissing(MAY.readPasswords);
  const query = new URLSearchParams({ $filter: `serialNumber eq ${literal(serialNumber ?? "")}`, $select: "id,serialNumber" });
  const isAsked = missing === null && serialNumber !== null;
  const answer = useResource<Collection<{ id: string; serialNumber: string }>>(isAsked ? `${DEVICE_MANAGEMENT}/hardwarePasswordInfo?${query}` : null);
  if (missing !== null) {
    return (
      <Section title={words.title}>
        <Text>{texts.error.needs(missing)}</Text>
      </Section>
    );
  }
  return (
    <Section title={words.title}>
      {serialNumber === null ? (
        <Text>{words.none}</Text>
      ) : (
        <Answer answer={answer}>
          {({ value }) =>
            value.length === 0 ? (
              <Text>{words.none}</Text>
            ) : (
              <Facts
                facts={[
                  [words.kept, words.count(value.length)],
                  [words.id, value.map(({ id }) => id).join(", ")],
                ]}
              />
            )
          }
        </Answer>
      )}
    </Section>
  );
}
