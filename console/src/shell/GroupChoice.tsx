// The choice of a group by its name.

import { Field, Select } from "@fluentui/react-components";

import { useGroups } from "../graph/groups";

interface GroupChoiceProps {
  label: string;
  choose: string;
  /** What is said if there is no group. */
  none: string;
  value: string;
  onChange: (id: string) => void;
}

export function GroupChoice({ label, choose, none, value, onChange }: GroupChoiceProps) {
  const groups = useGroups().data?.value;
  return (
    <Field label={label} {...(groups?.length === 0 && { hint: none })}>
      <Select value={value} onChange={(_, data) => onChange(data.value)}>
        <option value="">{choose}</option>
        {groups?.map(({ id, displayName }) => (
          <option key={id} value={id}>
            {displayName ?? id}
          </option>
        ))}
      </Select>
    </Field>
  );
}
